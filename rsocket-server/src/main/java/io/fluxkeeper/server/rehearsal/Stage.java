package io.fluxkeeper.server.rehearsal;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.MalformedRequestException;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import io.fluxkeeper.core.replica.Replica;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.replica.StateMachine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Three replicas in memory. What they send is written and read as between real peers, and so is what clients ask; what
 * they persist is durable at once.
 */
final class Stage {
    private static final int PEERS = 3;
    private static final int TICK_MILLIS = 50;
    private static final long INCARNATION = 1;
    /** Each peer's name for its one link with each other. */
    private static final long LINK = 1;
    /** Rounds of drains until nobody has anything to do; an election, the longest play, takes about twenty. */
    private static final int ROUNDS_MAX = 1_000;
    /** A heartbeat at a follower takes one. */
    private static final int ANSWER_TICKS_MAX = 10;

    private static final ApiCodec API = ApiCodec.of(ApiCodec.Format.CBOR);

    private final SortedMap<PeerId, Actor> actors = new TreeMap<>();
    private final PeerFrameCodec frames;

    private record Asked(long number) implements ReplyHandle {}

    /** @param broadcasts an algorithm's peer that has nothing on its disk */
    Stage(Function<Ensemble, AtomicBroadcast> broadcasts, PeerFrameCodec frames) {
        this.frames = frames;
        TreeSet<PeerId> ids = new TreeSet<>();
        IntStream.rangeClosed(1, PEERS).forEach(id -> ids.add(new PeerId(id)));
        for (PeerId id : ids) {
            actors.put(id, new Actor(id, broadcasts.apply(new Ensemble(id, ids)), ids));
        }
        for (Actor actor : actors.values()) {
            ids.stream().filter(other -> !other.equals(actor.id)).forEach(actor::linkUp);
        }
        settle();
    }

    /** Time passes, and what follows from it happens. */
    void tick() {
        actors.values().forEach(Actor::tick);
        settle();
    }

    boolean allServe() {
        return actors.values().stream().allMatch(actor -> actor.status().serving());
    }

    /** Null when nobody leads. */
    @Nullable PeerId leader() {
        return actors.values().stream()
                .filter(actor -> actor.status().serving() && actor.status().role() == Role.LEADING)
                .map(actor -> actor.id)
                .findFirst()
                .orElse(null);
    }

    /** Some peer that follows. */
    PeerId follower() {
        return actors.values().stream()
                .filter(actor -> actor.status().role() == Role.FOLLOWING)
                .map(actor -> actor.id)
                .findFirst()
                .orElseThrow();
    }

    /** That peer is gone, without a word. */
    void kill(PeerId victim) {
        actors.remove(victim);
        actors.values().forEach(actor -> actor.linkDown(victim));
        settle();
    }

    /** Time passes if the answer takes some. */
    ServerReply ask(PeerId peer, ClientRequest request) {
        Actor actor = actor(peer);
        actor.ask(request);
        settle();
        for (int tick = 0; tick < ANSWER_TICKS_MAX; tick++) {
            ServerReply reply = actor.takeReply();
            if (reply != null) {
                return reply;
            }
            tick();
        }
        throw new IllegalStateException("no answer to " + request);
    }

    /** @return the items of a watch that are there at once */
    List<WatchItem> watch(PeerId peer, ClientRequest.Watch request, long items) {
        Actor actor = actor(peer);
        actor.watch(request, items);
        settle();
        return actor.takeItems();
    }

    private Actor actor(PeerId id) {
        Actor actor = actors.get(id);
        if (actor == null) {
            throw new IllegalArgumentException("peer " + id + " is not on the stage");
        }
        return actor;
    }

    private void settle() {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            boolean moved = false;
            for (Actor actor : actors.values()) {
                moved |= actor.drain();
            }
            if (!moved) {
                return;
            }
        }
        throw new IllegalStateException("the replicas do not come to rest");
    }

    /** A replica and what its host would do for it. */
    private final class Actor {
        private final PeerId id;
        private final Replica replica;
        private final ArrayDeque<ReplicaInput> inputs = new ArrayDeque<>();
        private final List<ReplicaEffect> effects = new ArrayList<>();
        private final List<WatchItem> items = new ArrayList<>();
        private long asked;
        private @Nullable ServerReply reply;

        Actor(PeerId id, AtomicBroadcast broadcast, TreeSet<PeerId> ids) {
            this.id = id;
            ReplicaConfig config = new ReplicaConfig(
                    new Ensemble(id, ids), INCARNATION, TICK_MILLIS, ReplicaConfig.Bounds.DEFAULT, "rehearsal");
            replica = new Replica(config, broadcast, new StateMachine(), 0);
        }

        Effect.Status status() {
            return replica.view().status();
        }

        void linkUp(PeerId other) {
            consensus(new Input.LinkUp(other, LINK));
        }

        void linkDown(PeerId other) {
            consensus(new Input.LinkDown(other, LINK));
        }

        void tick() {
            consensus(new Input.Tick());
        }

        void ask(ClientRequest request) {
            inputs.add(new ReplicaInput.Requested(
                    id.value(),
                    new Asked(++asked),
                    throughCodec(request),
                    new byte[ClientRequest.OpenSession.PASSWORD_BYTES],
                    List.of()));
        }

        void watch(ClientRequest.Watch request, long demand) {
            inputs.add(new ReplicaInput.Subscribed(
                    id.value(), ++asked, (ClientRequest.Watch) throughCodec(request), List.of()));
            inputs.add(new ReplicaInput.Demanded(asked, demand));
        }

        @Nullable ServerReply takeReply() {
            ServerReply taken = reply;
            reply = null;
            return taken;
        }

        List<WatchItem> takeItems() {
            List<WatchItem> taken = List.copyOf(items);
            items.clear();
            return taken;
        }

        /** @return whether there was anything to do */
        boolean drain() {
            if (inputs.isEmpty() && !replica.hasMoreToDo()) {
                return false;
            }
            for (int waiting = inputs.size(); waiting > 0; waiting--) {
                replica.handle(inputs.remove(), 0, effects);
            }
            replica.endOfDrain(effects);
            List<ReplicaEffect> due = List.copyOf(effects);
            effects.clear();
            due.forEach(this::perform);
            return true;
        }

        private void perform(ReplicaEffect effect) {
            if (effect instanceof ReplicaEffect.Persist persist) {
                consensus(new Input.Persisted(persist.batch().number()));
            } else if (effect instanceof ReplicaEffect.SendFrame frame) {
                send(frame);
            } else if (effect instanceof ReplicaEffect.Reply answer) {
                API.write(answer.reply());
                reply = answer.reply();
            } else if (effect instanceof ReplicaEffect.Emit emit) {
                emit.items().forEach(API::write);
                items.addAll(emit.items());
            } else if (effect instanceof ReplicaEffect.Fold fold) {
                consensus(new Input.StateCommitted(fold.delta().applied()));
            }
        }

        private void send(ReplicaEffect.SendFrame frame) {
            Actor to = actors.get(frame.to());
            if (to == null) {
                return;
            }
            BinaryWriter bytes = new BinaryWriter(256);
            frame.messages().forEach(message -> frames.write(message, bytes));
            for (PeerMessage message : frames.read(new BinaryReader(bytes.array(), 0, bytes.size()))) {
                to.consensus(new Input.Received(id, LINK, message));
            }
        }

        private void consensus(Input input) {
            inputs.add(new ReplicaInput.Consensus(input));
        }
    }

    private static ClientRequest throughCodec(ClientRequest request) {
        byte[] bytes = API.write(request);
        try {
            return API.readRequest(Routes.of(request).request(), bytes, 0, bytes.length);
        } catch (MalformedRequestException impossible) {
            throw new IllegalStateException("what was written cannot be read: " + request, impossible);
        }
    }
}
