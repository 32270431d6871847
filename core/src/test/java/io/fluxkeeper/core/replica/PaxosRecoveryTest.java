package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.FaultyFiles;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.VersionedStateFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an acceptor finds on its disk when it starts again: promise, votes, and what of them is decided. */
class PaxosRecoveryTest {
    private static final PeerId SELF = new PeerId(1);
    private static final JournalSettings SMALL = new JournalSettings(4_096, 1_024);
    private static final long LOW = 257;
    private static final long HIGH = 514;

    private final FaultyFiles files = new FaultyFiles();
    private final VersionedStateFiles stores = new VersionedStateFiles();

    @Test
    void promiseAndVotesComeBackTheLastOneForASlotAndGapsStayGaps() throws IOException {
        try (Peer peer = start()) {
            peer.append(new DurableRecord.Promised(LOW), accepted(LOW, 1), accepted(LOW, 2), accepted(LOW, 4));
            peer.append(new DurableRecord.Promised(HIGH), accepted(HIGH, 2));
        }
        try (Peer peer = start()) {
            assertThat(peer.log().acceptedEpoch()).isEqualTo(HIGH);
            assertThat(peer.log().entries()).isEmpty();
            assertThat(peer.log().accepted())
                    .extracting(DurableRecord.Accepted::toString)
                    .containsExactly("0:1@257", "0:2@514", "0:4@257");
        }
    }

    @Test
    void whatIsDecidedIsHistoryAndTheRestIsNot() throws IOException {
        try (Peer peer = start()) {
            peer.vote(1, 5);
            peer.decide(3);
        }
        try (Peer peer = start()) {
            assertThat(peer.log().last()).isEqualTo(slot(3));
            assertThat(peer.log().accepted()).hasSize(2);
            assertThat(peer.log().applied()).isEqualTo(Zxid.ZERO); // no header said so
        }
    }

    @Test
    void whatAHeaderOrTheSidecarCallsCommittedIsDecidedAndExecuted() throws IOException {
        try (Peer peer = start()) {
            peer.vote(1, 5);
            peer.recovered.journal().idle(slot(4));
        }
        // Again, since the first start has written down what it found.
        start().close();
        try (Peer peer = start()) {
            assertThat(peer.log().last()).isEqualTo(slot(4));
            assertThat(peer.log().applied()).isEqualTo(slot(4));
            assertThat(peer.recovered.state().sessions()).hasSize(4);
            assertThat(peer.log().accepted()).hasSize(1);
            peer.decide(5);
        }
        try (Peer peer = start()) {
            assertThat(peer.log().last()).isEqualTo(slot(5));
        }
    }

    @Test
    void aStateBeyondTheLastDecisionOnDiskIsReachedByTheVotesThatLeadThere() throws IOException {
        try (Peer peer = start()) {
            peer.vote(1, 5);
            peer.decide(2);
            peer.commitState(4);
        }
        try (Peer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.log().applied()).isEqualTo(slot(4));
            assertThat(peer.log().last()).isEqualTo(slot(4));
            assertThat(peer.log().accepted()).hasSize(1);
        }
    }

    @Test
    void votesThatDoNotLeadToTheStateCostTheVote() throws IOException {
        try (Peer peer = start()) {
            peer.vote(1, 5);
            peer.decide(2);
            peer.commitState(4);
            peer.append(new DurableRecord.Accepted(HIGH, slot(3), new byte[0]));
        }
        try (Peer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.LEARNER);
            assertThat(peer.log().accepted()).isEmpty();
        }
    }

    @Test
    void aTrimmedJournalIsCompletedByTheState() throws IOException {
        try (Peer peer = start()) {
            // Each decision comes well after its votes, so that segments end between them.
            for (int last = 20; last <= 200; last += 20) {
                peer.vote(last - 19, last);
                if (last > 20) {
                    peer.decide(last - 23);
                }
            }
            peer.commitState(150);
            peer.recovered.journal().trim(slot(150));
        }
        try (Peer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.log().base()).isGreaterThan(Zxid.ZERO).isLessThanOrEqualTo(slot(150));
            assertThat(peer.log().applied()).isEqualTo(slot(150));
            assertThat(peer.log().last()).isEqualTo(slot(177));
            assertThat(peer.log().entries().get(peer.log().entries().size() - 1).chain())
                    .isEqualTo(peer.chains.get(176));
            assertThat(peer.log().accepted()).hasSize(23);
            peer.append(new DurableRecord.Accepted(HIGH, slot(201), new byte[0]));
        }
        start().close();
    }

    /** The decision is written with whatever is written next, and there may be nothing for long. */
    @Test
    void trimmingKeepsVotesThatNoRecordCallsDecidedThoughTheStateHasThem() throws IOException {
        try (Peer peer = start()) {
            peer.vote(1, 100);
            peer.decide(40);
            peer.vote(101, 120);
            peer.commitState(120);
            peer.recovered.journal().trim(slot(120));
        }
        try (Peer peer = start()) {
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().applied()).isEqualTo(slot(120));
        }
    }

    @Test
    void aLearntEntryTakesThePlaceOfAVote() throws IOException {
        Entry learnt = Entry.after(Zxid.ZERO, ChainHash.EMPTY, slot(1), payload(7));
        try (Peer peer = start()) {
            peer.append(accepted(LOW, 1), accepted(LOW, 2));
            peer.append(new DurableRecord.Append(learnt));
        }
        try (Peer peer = start()) {
            assertThat(peer.log().entries()).extracting(Entry::chain).containsExactly(learnt.chain());
            assertThat(peer.log().accepted()).hasSize(1);
        }
    }

    @Test
    void aStateThatIsInstalledVoidsVotesButForThoseWrittenBehindIt() throws IOException {
        try (Peer peer = start()) {
            peer.vote(1, 9);
            String file = stores.receive().finish(peer.metaAt(5));
            peer.append(new DurableRecord.StateInstalled(file, slot(5), peer.chains.get(4), 0), accepted(LOW, 7));
        }
        try (Peer peer = start()) {
            assertThat(peer.log().accepted())
                    .extracting(DurableRecord.Accepted::slot)
                    .containsExactly(slot(7));
        }
    }

    private static Zxid slot(long number) {
        return Zxid.of(0, number);
    }

    private static byte[] payload(long slot) {
        return TransactionCodec.encode(
                StateHarness.transaction(1_000 + slot, new Transaction.OpenSession(4_000, StateHarness.PASSWORD_HASH)));
    }

    private static DurableRecord.Accepted accepted(long ballot, long slot) {
        return new DurableRecord.Accepted(ballot, slot(slot), payload(slot));
    }

    private Peer start() throws IOException {
        return new Peer();
    }

    /** A started peer and just enough of a host to write what it accepts. */
    private final class Peer implements AutoCloseable {
        final PeerRecovery.Recovered recovered;
        /** Of the slots from 1 on, each with the payload that this test gives it. */
        final List<Long> chains = new ArrayList<>();

        private long batch;

        Peer() throws IOException {
            recovered = PeerRecovery.start(
                    files,
                    stores,
                    new PeerRecovery.Options(
                            SELF, Algorithm.MULTI_PAXOS, EnsembleSettings.DEFAULT, false, false, SMALL));
            batch = recovered.lastBatch();
            long chain = ChainHash.EMPTY;
            for (int number = 1; number <= 300; number++) {
                chain = ChainHash.extend(chain, slot(number), payload(number));
                chains.add(chain);
            }
            if (log().membership() == Membership.NONE) {
                append(new DurableRecord.MembershipMark(Membership.FOUNDED, 77));
            }
        }

        RecoveredLog log() {
            return recovered.log();
        }

        void append(DurableRecord... records) throws IOException {
            recovered.journal().append(List.of(new JournalBatch(++batch, Zxid.ZERO, List.of(records))));
        }

        void vote(int first, int last) throws IOException {
            for (int number = first; number <= last; number++) {
                append(accepted(LOW, number));
            }
        }

        void decide(int last) throws IOException {
            append(new DurableRecord.Decided(slot(last), chains.get(last - 1)));
        }

        void commitState(int last) throws IOException {
            for (int number = 1; number <= last; number++) {
                Applied applied = recovered.state().apply(slot(number), payload(number));
                recovered
                        .store()
                        .fold(new StateDelta(
                                slot(number),
                                chains.get(number - 1),
                                recovered.state().digest(),
                                applied.stateChanges()));
            }
            recovered.store().commit();
        }

        StateMeta metaAt(int number) {
            return new StateMeta(slot(number), chains.get(number - 1), 0);
        }

        @Override
        public void close() throws IOException {
            recovered.close();
        }
    }
}
