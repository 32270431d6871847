package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.znode.CreateMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One replica on a broadcast that orders nothing by itself: a test says when an entry is delivered, and who leads. */
final class ReplicaHarness {
    static final PeerId SELF = new PeerId(1);
    static final PeerId OTHER = new PeerId(2);
    static final long EPOCH = 1;
    static final long LINK = 7;
    static final int TICK_MILLIS = 100;

    /** What a client waits with. */
    record Call(String name) implements ReplyHandle {}

    private final Broadcast broadcast = new Broadcast();
    private final List<ReplicaEffect> effects = new ArrayList<>();
    private final StateMachine state;
    final Replica replica;

    ReplicaHarness() {
        this(EnsembleSettings.DEFAULT);
    }

    ReplicaHarness(EnsembleSettings settings) {
        ReplicaConfig config = new ReplicaConfig(
                new Ensemble(SELF, new TreeSet<>(Set.of(SELF, OTHER, new PeerId(3)))),
                1,
                TICK_MILLIS,
                ReplicaConfig.Bounds.DEFAULT,
                "test");
        state = new StateMachine(settings);
        replica = new Replica(config, broadcast, state, 0);
        consensus(new Input.LinkUp(OTHER, LINK));
    }

    ReplicaHarness leads() {
        return is(Role.LEADING, SELF, 0);
    }

    ReplicaHarness follows() {
        return is(Role.FOLLOWING, OTHER, LINK);
    }

    ReplicaHarness looks() {
        return emitted(lost());
    }

    /** There is no leader any more, from now on. */
    Effect lost() {
        broadcast.status = new Effect.Status(Role.LOOKING, Membership.FOUNDED, EPOCH, null, 0, false, null);
        return new Effect.StatusChanged(broadcast.status);
    }

    private ReplicaHarness is(Role role, PeerId leader, long link) {
        broadcast.status = new Effect.Status(role, Membership.FOUNDED, EPOCH, leader, link, true, null);
        return emitted(new Effect.StatusChanged(broadcast.status));
    }

    /** Ends the drain with those inputs handled, and what it leaves to be done. */
    ReplicaHarness drain(ReplicaInput... inputs) {
        for (ReplicaInput input : inputs) {
            replica.handle(input, 0, effects);
        }
        do {
            replica.endOfDrain(effects);
        } while (replica.hasMoreToDo());
        return this;
    }

    ReplicaHarness consensus(Input input) {
        return drain(new ReplicaInput.Consensus(input));
    }

    ReplicaHarness ticks(int count) {
        for (int i = 0; i < count; i++) {
            consensus(new Input.Tick());
        }
        return this;
    }

    /** The broadcast says so when it is next given an input. */
    void broadcastEmits(Effect... emitted) {
        broadcast.next = to -> List.of(emitted).forEach(to::emit);
    }

    /** So many entries may be in flight. */
    void hasRoomFor(int entries) {
        broadcast.inFlightMax = entries;
    }

    /** Delivers what was proposed first. */
    Effect.Deliver deliverOldest() {
        return new Effect.Deliver(broadcast.proposed.remove());
    }

    /** A message to the other peer. */
    Effect send() {
        return new Effect.Send(OTHER, LINK, new ReplicaMessage.ReadIndexAsked(EPOCH, 1), Effect.When.NOW);
    }

    /** The broadcast says so. */
    ReplicaHarness emitted(Effect effect) {
        broadcastEmits(effect);
        return consensus(new Input.Persisted(++broadcast.batches));
    }

    /** Delivers everything proposed so far. */
    ReplicaHarness deliverAll() {
        while (!broadcast.proposed.isEmpty()) {
            deliver(broadcast.proposed.poll());
        }
        return this;
    }

    /** Something another leader put into the log. */
    Zxid deliver(Transaction transaction) {
        Zxid zxid = broadcast.nextZxid();
        deliver(broadcast.entry(zxid, TransactionCodec.encode(transaction)));
        return zxid;
    }

    private void deliver(Entry entry) {
        emitted(new Effect.Deliver(entry));
    }

    StateMachine state() {
        return state;
    }

    int proposed() {
        return broadcast.proposed.size();
    }

    List<Transaction> proposals() {
        return broadcast.proposed.stream()
                .map(entry -> TransactionCodec.decode(entry.payload()))
                .toList();
    }

    /** Delivers the oldest entry and then hands in one more input, in one drain. */
    ReplicaHarness deliverThen(ReplicaInput input) {
        Entry entry = broadcast.proposed.poll();
        broadcast.next = to -> to.emit(new Effect.Deliver(entry));
        return drain(new ReplicaInput.Consensus(new Input.Persisted(++broadcast.batches)), input);
    }

    /** What a leader proposed before this peer knew its own place: it opens its desk only after applying it. */
    Zxid log(Transaction transaction) {
        Zxid zxid = broadcast.nextZxid();
        broadcast.proposed.add(broadcast.entry(zxid, TransactionCodec.encode(transaction)));
        return zxid;
    }

    ReplicaInput from(ReplicaMessage message) {
        return new ReplicaInput.Consensus(new Input.Received(OTHER, LINK, message));
    }

    static ReplicaInput asks(long connection, String name, ClientRequest request) {
        return new ReplicaInput.Requested(connection, new Call(name), request, new byte[16], List.of());
    }

    static ClientRequest open() {
        return new ClientRequest.OpenSession(1_000, null, null, null);
    }

    static ClientRequest create(String path, SessionId session, long cxid) {
        return new ClientRequest.Create(
                path, new byte[0], CreateMode.PERSISTENT, null, new WriteStamp(session, cxid, cxid - 1));
    }

    /** The one reply to it; null when there is none yet. */
    ServerReply reply(String name) {
        List<ServerReply> found = new ArrayList<>();
        for (ReplicaEffect effect : effects) {
            if (effect instanceof ReplicaEffect.Reply reply && reply.handle().equals(new Call(name))) {
                found.add(reply.reply());
            }
        }
        if (found.size() > 1) {
            throw new AssertionError(name + " was answered " + found);
        }
        return found.isEmpty() ? null : found.get(0);
    }

    /** As {@link #reply}, and forgets all effects so far: for tests with thousands of requests. */
    ServerReply takeReply(String name) {
        ServerReply reply = reply(name);
        effects.clear();
        return reply;
    }

    /** What the host was asked to do, of one kind. */
    <T extends ReplicaEffect> List<T> asked(Class<T> type) {
        return effects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Everything told to the other peer. */
    <T> List<T> told(Class<T> type) {
        List<T> found = new ArrayList<>();
        for (ReplicaEffect effect : effects) {
            if (effect instanceof ReplicaEffect.SendFrame frame) {
                frame.messages().stream()
                        .filter(type::isInstance)
                        .map(type::cast)
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** A session attached here, on that connection. */
    SessionId session(long connection) {
        drain(asks(connection, "open on " + connection, open()));
        deliverAll();
        return ((ServerReply.SessionOpened) reply("open on " + connection)).session();
    }

    /** A quorum confirms everything that asked for it. */
    ReplicaHarness proven() {
        Map<Long, Zxid> asked = Map.copyOf(broadcast.readIndexes);
        broadcast.readIndexes.clear();
        asked.forEach((token, zxid) -> emitted(new Effect.ReadIndexReady(token, zxid)));
        return this;
    }

    private static final class Broadcast implements AtomicBroadcast {
        final ArrayDeque<Entry> proposed = new ArrayDeque<>();
        final Map<Long, Zxid> readIndexes = new HashMap<>();
        Effect.Status status = new Effect.Status(Role.LOOKING, Membership.FOUNDED, EPOCH, null, 0, false, null);
        Consumer<Effects> next = to -> {};
        long batches;
        int inFlightMax = Integer.MAX_VALUE;
        private long counter;
        private Zxid previous = Zxid.ZERO;
        private long chain = ChainHash.EMPTY;
        private boolean diskRoom = true;

        Zxid nextZxid() {
            return Zxid.of(EPOCH, ++counter);
        }

        Entry entry(Zxid zxid, byte[] payload) {
            Entry entry = Entry.after(previous, chain, zxid, payload);
            previous = zxid;
            chain = entry.chain();
            return entry;
        }

        @Override
        public void handle(Input input, Effects effects) {
            if (input instanceof Input.DiskSpace disk) {
                diskRoom = disk.room() == DiskRoom.PLENTY;
            }
            Consumer<Effects> now = next;
            next = to -> {};
            now.accept(effects);
        }

        @Override
        public boolean hasMoreToDo() {
            return false;
        }

        @Override
        public Availability availability() {
            if (status.role() != Role.LEADING) {
                return Availability.NOT_LEADING;
            }
            return proposed.size() < inFlightMax ? Availability.READY : Availability.FULL;
        }

        @Override
        public boolean hasDiskRoom() {
            return diskRoom;
        }

        @Override
        public @Nullable Zxid propose(byte[] payload, Effects effects) {
            if (proposed.size() >= inFlightMax) {
                return null;
            }
            Zxid zxid = nextZxid();
            proposed.add(entry(zxid, payload));
            return zxid;
        }

        @Override
        public void requestReadIndex(long token, Effects effects) {
            readIndexes.put(token, previous);
        }

        @Override
        public Effect.Status status() {
            return status;
        }

        @Override
        public Zxid lastLogged() {
            return previous;
        }

        @Override
        public Zxid lastCommitted() {
            return previous;
        }

        @Override
        public long quorumHeardTick() {
            return Long.MAX_VALUE;
        }
    }
}
