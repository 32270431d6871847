package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;

/** One founded peer of three, alone: the test plays the others, word by word, and the disk. */
final class ZabScript {
    static final long ENSEMBLE = 77;
    static final PeerId ONE = new PeerId(1);
    static final PeerId TWO = new PeerId(2);
    static final PeerId THREE = new PeerId(3);

    final BroadcastHost host;
    /** As the peers number them here: link n leads to peer n. */
    private final ZabCluster cluster;

    private ZabScript(int self, ZabTiming timing, ZabLimits limits) {
        cluster = new ZabCluster(3, timing, limits);
        host = cluster.host(self);
        host.disk().found(ENSEMBLE);
    }

    /** A peer whose disk holds this much, durable and nothing known committed. */
    static ZabScript peer(int self, long acceptedEpoch, long currentEpoch, Entry... entries) {
        return peer(self, ZabCluster.LIMITS, acceptedEpoch, currentEpoch, entries);
    }

    static ZabScript peer(int self, ZabLimits limits, long acceptedEpoch, long currentEpoch, Entry... entries) {
        ZabScript script = new ZabScript(self, ZabCluster.TIMING, limits);
        script.host.disk().hold(acceptedEpoch, currentEpoch, entries);
        script.host.start();
        return script;
    }

    /** A history of these entries, one after another. */
    static Entry[] history(Zxid... zxids) {
        Entry[] entries = new Entry[zxids.length];
        Zxid previous = Zxid.ZERO;
        long chain = 0;
        for (int i = 0; i < zxids.length; i++) {
            entries[i] = Entry.after(previous, chain, zxids[i], ZabCluster.bytes("at " + zxids[i]));
            previous = zxids[i];
            chain = entries[i].chain();
        }
        return entries;
    }

    static Entry after(Entry before, Zxid zxid) {
        return Entry.after(before.zxid(), before.chain(), zxid, ZabCluster.bytes("at " + zxid));
    }

    ZabScript link(PeerId other) {
        host.handle(new Input.LinkUp(other, other.value()));
        return receive(other, new Introduction(Membership.FOUNDED, ENSEMBLE));
    }

    ZabScript receive(PeerId from, PeerMessage message) {
        host.handle(new Input.Received(from, from.value(), message));
        return this;
    }

    ZabScript persistAll() {
        boolean more = true;
        while (more) {
            more = host.persistOneEvenIfHeld();
        }
        return this;
    }

    ZabScript tick(int count) {
        for (int i = 0; i < count; i++) {
            host.handle(new Input.Tick());
        }
        return this;
    }

    ZabScript forget() {
        host.trace.clear();
        return this;
    }

    private ZabMessage.Vote vote(long epoch, Zxid last, PeerId leader) {
        return new ZabMessage.Vote(Role.LOOKING, 1, new Candidate(epoch, last, leader));
    }

    /** Elects {@code leader}, which it is linked to, by that peer's vote. */
    ZabScript elect(PeerId leader, long epoch, Zxid last) {
        return link(leader).receive(leader, vote(epoch, last, leader));
    }

    /** Elects this peer, by the vote of {@code voter}; that peer then says that it follows. */
    ZabScript electSelf(PeerId voter, long votersAcceptedEpoch) {
        long epoch = host.disk().epochs().current();
        link(voter).receive(voter, vote(epoch, host.broadcast().lastLogged(), host.id()));
        return receive(voter, new ZabMessage.FollowerInfo(ENSEMBLE, 1, votersAcceptedEpoch, true));
    }

    /** Makes it an established leader of {@code epoch} with {@code follower}, whose history is the same. */
    ZabScript establish(PeerId follower, long epoch) {
        electSelf(follower, epoch - 1).persistAll();
        long current = host.disk().epochs().current();
        Zxid last = host.broadcast().lastLogged();
        long chain = host.disk().history().lastChain();
        Bond bond = new Bond(epoch, 1);
        receive(follower, new ZabMessage.AckEpoch(bond, true, current, last, chain))
                .persistAll();
        return receive(follower, new ZabMessage.AckNewLeader(bond, last));
    }

    /** The bond of a first stay in that epoch. */
    static Bond bond(long epoch) {
        return new Bond(epoch, 1);
    }

    <T> List<T> sent(Class<T> kind) {
        return host.sent(kind);
    }

    /** How messages of a kind were sent. */
    List<Effect.When> when(Class<? extends PeerMessage> kind) {
        return host.traced(Effect.Send.class).stream()
                .filter(send -> kind.isInstance(send.message()))
                .map(Effect.Send::when)
                .toList();
    }

    List<Effect> effects() {
        return host.trace;
    }
}
