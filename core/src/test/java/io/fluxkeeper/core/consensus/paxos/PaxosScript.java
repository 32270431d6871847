package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord.Accepted;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One founded peer of three, alone: the test plays the others, word by word, and the disk. */
final class PaxosScript {
    static final long ENSEMBLE = 77;
    static final PeerId ONE = new PeerId(1);
    static final PeerId TWO = new PeerId(2);
    static final PeerId THREE = new PeerId(3);

    final BroadcastHost host;

    private PaxosScript(int self, PaxosLimits limits) {
        PaxosCluster cluster = new PaxosCluster(3, PaxosCluster.TIMING, limits, new SplittableRandom(3));
        host = cluster.host(self);
        host.disk().found(ENSEMBLE);
    }

    /** A peer whose disk holds this much, and that has links to both others. */
    static PaxosScript peer(int self, Ballot promised, List<Entry> decided, Accepted... votes) {
        return peer(self, PaxosCluster.LIMITS, promised, decided, votes);
    }

    static PaxosScript peer(int self, PaxosLimits limits, Ballot promised, List<Entry> decided, Accepted... votes) {
        PaxosScript script = new PaxosScript(self, limits);
        script.host.disk().hold(promised.number(), decided, List.of(votes));
        script.start();
        return script;
    }

    /** A peer that lost its vote. */
    static PaxosScript learner(int self, Ballot promised) {
        PaxosScript script = new PaxosScript(self, PaxosCluster.LIMITS);
        script.host.disk().hold(promised.number(), List.of(), List.of());
        script.host.disk().forget(Membership.LEARNER);
        script.start();
        return script;
    }

    private void start() {
        host.start();
        for (PeerId other : List.of(ONE, TWO, THREE)) {
            if (!other.equals(host.id())) {
                link(other);
            }
        }
        host.trace.clear();
    }

    PaxosScript link(PeerId other) {
        host.handle(new Input.LinkUp(other, other.value()));
        receive(other, new Introduction(Membership.FOUNDED, ENSEMBLE));
        return this;
    }

    PaxosScript receive(PeerId from, PeerMessage message) {
        host.handle(new Input.Received(from, from.value(), message));
        return this;
    }

    /** Whatever waits for the disk becomes durable. */
    PaxosScript persist() {
        while (host.persistOneEvenIfHeld()) {
            host.diskHeld = false;
        }
        return this;
    }

    PaxosScript tick(int ticks) {
        for (int i = 0; i < ticks; i++) {
            host.handle(new Input.Tick());
        }
        return this;
    }

    /** Time passes until it asks to lead; the others grant it. */
    PaxosScript propose() {
        for (int ticks = 0; host.sent(PaxosMessage.Probe.class).isEmpty() && ticks < 100; ticks++) {
            tick(1);
        }
        long probe = last(PaxosMessage.Probe.class).probe();
        for (PeerId other : List.of(ONE, TWO, THREE)) {
            if (!other.equals(host.id())) {
                receive(other, new PaxosMessage.ProbeAnswer(probe, true, Ballot.NONE));
            }
        }
        return persist();
    }

    /** As {@link #propose}, and one other promises with nothing to tell. */
    PaxosScript lead(PeerId promising) {
        propose();
        PaxosMessage.Prepare prepare = last(PaxosMessage.Prepare.class);
        receive(promising, promise(prepare, Zxid.ZERO, false));
        if (host.role() != Role.LEADING) {
            throw new AssertionError("does not lead: " + host);
        }
        return this;
    }

    static PaxosMessage.Promise promise(PaxosMessage.Prepare prepare, Zxid decided, boolean more, Accepted... votes) {
        return new PaxosMessage.Promise(prepare.ballot(), prepare.from(), List.of(votes), more, decided);
    }

    <T> T last(Class<T> kind) {
        List<T> sent = host.sent(kind);
        if (sent.isEmpty()) {
            throw new AssertionError("no " + kind.getSimpleName() + " was sent");
        }
        return sent.get(sent.size() - 1);
    }

    /** What was given to the journal for a slot, in order. */
    List<Accepted> persistedVotes() {
        return host.traced(Effect.Persist.class).stream()
                .map(Effect.Persist::record)
                .filter(Accepted.class::isInstance)
                .map(Accepted.class::cast)
                .toList();
    }

    static Zxid slot(long number) {
        return Zxid.of(0, number);
    }

    static Accepted vote(Ballot ballot, long slot, String value) {
        return new Accepted(ballot.number(), slot(slot), BroadcastCluster.bytes(value));
    }

    /** Slots 1, 2, … with these values. */
    static List<Entry> history(String... values) {
        List<Entry> entries = new ArrayList<>();
        Zxid previous = Zxid.ZERO;
        long chain = 0;
        for (String value : values) {
            Entry entry = Entry.after(previous, chain, previous.next(), BroadcastCluster.bytes(value));
            entries.add(entry);
            previous = entry.zxid();
            chain = entry.chain();
        }
        return entries;
    }
}
