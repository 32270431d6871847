package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Membership;

/**
 * Everything that is in force at one point of the journal, apart from the entries. Immutable; each record gives the
 * next one. It stands at the head of every segment, so that the segments before it can go.
 *
 * @param membership how far this peer's membership has come
 * @param ensembleId 0 before there is one
 * @param accepted the highest epoch promised; with Multi-Paxos the ballot
 * @param current the epoch whose leader's history this is
 * @param last the last entry of the history
 * @param chain the chain at {@code last}; means nothing unless {@code chainKnown}
 * @param chainKnown false between a truncation and the next entry: a writer keeps no chains of the past
 * @param committed the last transaction known committed
 * @param stateFile the state file that counts
 */
record HardState(
        Membership membership,
        long ensembleId,
        long accepted,
        long current,
        Zxid last,
        long chain,
        boolean chainKnown,
        Zxid committed,
        String stateFile) {
    /** Of a new journal that begins with an empty state in {@code stateFile}. */
    static HardState first(String stateFile) {
        return new HardState(Membership.NONE, 0, 0, 0, Zxid.ZERO, ChainHash.EMPTY, true, Zxid.ZERO, stateFile);
    }

    HardState after(DurableRecord record) {
        if (record instanceof DurableRecord.Append append) {
            return at(append.entry().zxid(), append.entry().chain(), true);
        }
        if (record instanceof DurableRecord.Epochs epochs) {
            return new HardState(
                    membership,
                    ensembleId,
                    epochs.accepted(),
                    epochs.current(),
                    last,
                    chain,
                    chainKnown,
                    committed,
                    stateFile);
        }
        if (record instanceof DurableRecord.TruncateAfter truncate) {
            return truncate.last().isAfter(last) || truncate.last().equals(last)
                    ? this
                    : at(truncate.last(), 0, truncate.last().equals(Zxid.ZERO));
        }
        if (record instanceof DurableRecord.MembershipMark mark) {
            return with(mark.membership(), mark.ensembleId());
        }
        if (record instanceof DurableRecord.Promised promised) {
            return withEpochsAtLeast(promised.ballot(), current);
        }
        if (record instanceof DurableRecord.Accepted) {
            return this;
        }
        if (record instanceof DurableRecord.Decided decided) {
            return at(decided.last(), decided.chain(), true);
        }
        DurableRecord.StateInstalled installed = (DurableRecord.StateInstalled) record;
        return at(installed.zxid(), installed.chain(), true).withStateFile(installed.file());
    }

    HardState with(Membership newMembership, long newEnsembleId) {
        return new HardState(
                newMembership, newEnsembleId, accepted, current, last, chain, chainKnown, committed, stateFile);
    }

    HardState withEpochsAtLeast(long atLeastAccepted, long atLeastCurrent) {
        return new HardState(
                membership,
                ensembleId,
                Math.max(accepted, atLeastAccepted),
                Math.max(current, atLeastCurrent),
                last,
                chain,
                chainKnown,
                committed,
                stateFile);
    }

    HardState withCommitted(Zxid newCommitted) {
        return newCommitted.equals(committed)
                ? this
                : new HardState(
                        membership, ensembleId, accepted, current, last, chain, chainKnown, newCommitted, stateFile);
    }

    HardState withStateFile(String file) {
        return new HardState(membership, ensembleId, accepted, current, last, chain, chainKnown, committed, file);
    }

    /** History ends at another place. */
    HardState at(Zxid newLast, long newChain, boolean newChainKnown) {
        return new HardState(
                membership, ensembleId, accepted, current, newLast, newChain, newChainKnown, committed, stateFile);
    }
}
