package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaInput.Requested;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestRefuted;
import io.fluxkeeper.core.replica.ReplicaMessage.DigestTold;
import io.fluxkeeper.core.replica.ReplicaMessage.ForwardedRequest;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAnswered;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAsked;
import io.fluxkeeper.core.replica.ReplicaMessage.RequestRefused;
import io.fluxkeeper.core.replica.ReplicaMessage.Touches;
import io.fluxkeeper.core.replica.ReplicaMessage.TouchesCounted;
import io.fluxkeeper.core.watch.WatchOutput;
import io.fluxkeeper.core.watch.Watches;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One peer: a broadcast that orders transactions, the state they are executed on, and the desks that take clients'
 * requests. A deterministic state machine without threads, clocks, sockets or disks: the same inputs give the same
 * effects. The host calls {@link #handle} for each waiting input and then {@link #endOfDrain} once.
 */
public final class Replica {
    private final ReplicaContext context;
    private final DurabilityGate gate;
    private final Attachments attachments = new Attachments();
    private final LeaderDesk leaderDesk;
    private final ForwardDesk forwards;
    private final WriteDesk writes;
    private final ReadDesk reads;
    private final SessionDesk sessions;
    private final FrontDesk front;
    private final Watches watches;
    private final DigestDesk digests;
    private final Deliveries deliveries;
    private final Map<Long, StateMachine> fetched = new HashMap<>();

    private List<ReplicaEffect> effects = List.of();
    private @Nullable Zxid trimmable;
    /** The newest version of the store. Should it be damaged, the journal has to lead on from the one before. */
    private @Nullable Zxid stored;

    private long heldBackBatch;
    private boolean storeBehind;

    /**
     * @param state loaded, as of the zxid that the broadcast was told is applied
     * @param lastBatch the number of the last batch in the journal; 0 for none
     */
    public Replica(ReplicaConfig config, AtomicBroadcast broadcast, StateMachine state, long lastBatch) {
        gate = new DurabilityGate(lastBatch);
        context = new ReplicaContext(config, broadcast, new Sink(), new Output(), state);
        leaderDesk = new LeaderDesk(broadcast, new TreeRoom(config.bounds().treeBytesMax()));
        forwards = new ForwardDesk(context, leaderDesk);
        writes = new WriteDesk(context, attachments, leaderDesk);
        reads = new ReadDesk(context);
        sessions = new SessionDesk(context, attachments, leaderDesk, reads);
        front = new FrontDesk(context, attachments, writes, reads, sessions, () -> view().toReply(context));
        ReplicaConfig.Bounds bounds = config.bounds();
        watches = new Watches(
                new Watches.Bounds(bounds.subscriptionsMax(), bounds.bookmarkTicks(), bounds.subscriberStallTicks()),
                state.changes(),
                state.tree(),
                state.applied(),
                new Output());
        digests = new DigestDesk(context, effect -> effects.add(effect));
        deliveries = new Deliveries(context, leaderDesk, writes, reads, sessions, watches, digests);
    }

    /**
     * Handles one input.
     *
     * @param nowMillis the host's clock; a leader's gives transactions their time, nothing else depends on it
     * @param effects where to add what is to be done
     */
    public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
        this.effects = effects;
        context.nowMillis = nowMillis;
        if (input instanceof Requested requested) {
            front.requested(requested);
        } else if (input instanceof ReplicaInput.Consensus consensus) {
            consensus(consensus.input());
        } else if (input instanceof ReplicaInput.InvalidWrite invalid) {
            front.invalidWrite(invalid);
        } else if (input instanceof ReplicaInput.Demanded demanded) {
            watches.demand(demanded.subscription(), demanded.items());
        } else if (input instanceof ReplicaInput.Subscribed subscribed) {
            subscribed(subscribed);
        } else if (input instanceof ReplicaInput.Cancelled cancelled) {
            watches.cancel(cancelled.subscription());
        } else if (input instanceof ReplicaInput.ConnectionClosed closed) {
            connectionClosed(closed.connection());
        } else if (input instanceof ReplicaInput.ConnectionCongested congested) {
            watches.congested(congested.connection(), congested.congested());
        } else if (input instanceof ReplicaInput.ChangesRead read) {
            watches.changesRead(read.rows());
        } else if (input instanceof ReplicaInput.StateFetched stateFetched) {
            fetched.put(stateFetched.input().transfer(), stateFetched.state());
            consensus(stateFetched.input());
        } else if (input instanceof ReplicaInput.DiskSpace disk) {
            context.broadcast.handle(new Input.DiskSpace(disk.room()), context.effects);
        } else if (input instanceof ReplicaInput.StoreBehind behind) {
            storeBehind(behind.behind());
        } else if (input instanceof ReplicaInput.ShutDown) {
            context.shuttingDown = true;
            context.broadcast.handle(new Input.HandOver(), context.effects);
        } else {
            throw new IllegalArgumentException("no such input: " + input);
        }
    }

    /**
     * Every waiting input has been handled: executes what the drain before delivered; sends, persists, folds and answers
     * what has gathered.
     */
    public void endOfDrain(List<ReplicaEffect> effects) {
        this.effects = effects;
        deliveries.executeDue(effects);
        sessions.endOfDrain();
        forwards.endOfDrain();
        writes.endOfDrain();
        context.broadcast.handle(new Input.EndOfDrain(), context.effects);
        reads.applied();
        watches.catchUp(context.config.bounds().sliceMax());
        gate.flush(context.broadcast.lastCommitted(), effects);
        deliveries.endOfDrain(effects);
        if (trimmable != null) {
            effects.add(new ReplicaEffect.TrimJournal(trimmable));
            trimmable = null;
        }
    }

    /** Whether work is left that wants another turn even without an input: fan-out and executing go in slices. */
    public boolean hasMoreToDo() {
        return deliveries.areDue() || watches.hasMoreToDo() || context.broadcast.hasMoreToDo();
    }

    public long znodes() {
        return context.state.znodeCount();
    }

    /** What they take of the heap, about. */
    public long treeBytes() {
        return context.state.treeBytes();
    }

    /** How it stands; on the thread that calls {@link #handle}. */
    public ReplicaView view() {
        return new ReplicaView(
                context.status,
                context.state.applied(),
                context.broadcast.lastCommitted(),
                context.broadcast.lastLogged(),
                context.state.digest(),
                context.state.znodeCount(),
                attachments.size(),
                writes.size(),
                reads.size(),
                watches.size());
    }

    private void consensus(Input input) {
        if (input instanceof Input.Persisted persisted) {
            persisted(persisted.batch());
            return;
        }
        if (input instanceof Input.Received received && received.message() instanceof ReplicaMessage message) {
            fromPeer(received.from(), received.link(), message);
            return;
        }
        if (input instanceof Input.Tick) {
            tick();
        } else if (input instanceof Input.LinkUp up) {
            gate.linkUp(up.peer(), up.link());
        } else if (input instanceof Input.LinkDown down) {
            gate.linkDown(down.peer(), down.link());
        } else if (input instanceof Input.StateCommitted committed) {
            trimmable = stored;
            stored = committed.zxid();
            context.state.committed(committed.zxid(), context.config.bounds().changeLogMemoryBytes());
        }
        context.broadcast.handle(input, context.effects);
    }

    private void tick() {
        context.tick++;
        writes.tick();
        reads.tick();
        sessions.tick();
        watches.tick(context.tick);
    }

    /** While the store is behind, nothing counts as durable here: acks wait, and with them the leader's commits. */
    private void persisted(long batch) {
        if (storeBehind) {
            heldBackBatch = batch;
            return;
        }
        gate.persisted(batch);
        context.broadcast.handle(new Input.Persisted(batch), context.effects);
    }

    private void storeBehind(boolean behind) {
        storeBehind = behind;
        leaderDesk.storeBehind(behind);
        if (!behind && heldBackBatch != 0) {
            long batch = heldBackBatch;
            heldBackBatch = 0;
            persisted(batch);
        }
    }

    /** What belongs to another epoch, or to a role this peer has not now, is dropped: its sender asks again. */
    private void fromPeer(PeerId from, long link, ReplicaMessage message) {
        if (message.epoch() != context.status.epoch()) {
            return;
        }
        if (context.isLeading()) {
            if (message instanceof ForwardedRequest request) {
                forwards.forwarded(from, link, request);
            } else if (message instanceof Touches touches) {
                sessions.touched(from, link, touches);
            } else if (message instanceof ReadIndexAsked asked) {
                reads.asked(from, link, asked);
            } else if (message instanceof DigestTold told) {
                digests.told(from, link, told);
            }
        } else if (context.isFollowing() && link == context.status.link()) {
            if (message instanceof RequestRefused refused) {
                writes.refused(refused.number(), refused.code(), refused.expected(), refused.message());
            } else if (message instanceof TouchesCounted counted) {
                sessions.counted(counted.sequence(), counted.upTo());
            } else if (message instanceof ReadIndexAnswered answered) {
                reads.answered(answered.token(), answered.zxid());
            } else if (message instanceof DigestRefuted refuted) {
                digests.refuted(refuted);
            }
        }
    }

    private void subscribed(ReplicaInput.Subscribed subscribed) {
        if (context.shuttingDown || !context.mayRead()) {
            ErrorCode code = context.shuttingDown ? ErrorCode.SHUTTING_DOWN : ErrorCode.NOT_SERVING;
            effects.add(new ReplicaEffect.EndSubscription(
                    subscribed.subscription(),
                    Refused.of(context.state.applied(), code, "this peer does not serve now; try another peer")));
        } else {
            watches.subscribe(subscribed.connection(), subscribed.subscription(), subscribed.request());
        }
    }

    private void connectionClosed(long connection) {
        attachments.connectionClosed(connection);
        watches.connectionClosed(connection);
        reads.pins().connectionClosed(connection);
        writes.connectionClosed(connection);
    }

    private void statusChanged(Effect.Status next) {
        Effect.Status before = context.status;
        boolean sameTerm = before.serving()
                && next.serving()
                && before.role() == next.role()
                && before.epoch() == next.epoch()
                && before.link() == next.link();
        if (!sameTerm) {
            deliveries.executeAll(effects); // else a write that is delivered would hear that its leader was lost
        }
        context.status = next;
        effects.add(new ReplicaEffect.StatusChanged(next));
        if (sameTerm) {
            return;
        }
        if (before.serving()) {
            leaderDesk.close();
            forwards.clear();
            writes.leaderLost();
            reads.leaderLost();
            sessions.leaderLost();
            digests.leaderLost();
            context.notServingSinceTick = context.tick;
        }
        if (next.serving()) {
            context.everServed = true;
            if (context.isLeading()) {
                leaderDesk.established(context.broadcast.lastLogged());
                sessions.leading();
            }
            writes.leaderFound();
            reads.leaderFound();
        }
    }

    /** From now on the state is the leader's; what this peer had before is of the past. */
    private void installState(Effect.InstallState install) {
        deliveries.executeAll(effects);
        StateMachine state = fetched.remove(install.transfer());
        Invariant.check(state != null, "state transfer %s is installed and was never fetched", install.transfer());
        if (state == null) {
            return;
        }
        Invariant.check(
                state.applied().equals(install.zxid()) && state.digest() == install.digest(),
                "the fetched state is of %s, the leader said %s",
                state.applied(),
                install.zxid());
        context.state = state;
        effects.add(new ReplicaEffect.StateTransfer(install)); // before what shows the new state
        deliveries.stateReplaced();
        watches.stateReplaced(state.changes(), state.tree(), state.applied());
        sessions.stateReplaced();
        reads.stateReplaced();
        digests.stateReplaced();
    }

    /** Takes the broadcast's effects, in order. */
    private final class Sink implements Effects {
        @Override
        public long openBatch() {
            return gate.openBatch();
        }

        @Override
        public void emit(Effect effect) {
            if (effect instanceof Effect.Send send) {
                gate.send(send.to(), send.link(), send.message(), send.when());
            } else if (effect instanceof Effect.Persist persist) {
                gate.persist(persist.record());
            } else if (effect instanceof Effect.Deliver deliver) {
                deliveries.add(deliver.entry());
            } else if (effect instanceof Effect.StatusChanged changed) {
                statusChanged(changed.status());
            } else if (effect instanceof Effect.Disconnect disconnect) {
                effects.add(new ReplicaEffect.Disconnect(disconnect.peer(), disconnect.link(), disconnect.reason()));
            } else if (effect instanceof Effect.Synchronized how) {
                effects.add(new ReplicaEffect.Synchronized(how));
            } else if (effect instanceof Effect.ReadIndexReady ready) {
                reads.indexReady(ready.token(), ready.zxid());
            } else if (effect instanceof Effect.ReadIndexLost) {
                return; // whoever asked asks the next leader
            } else if (effect instanceof Effect.HandOverDone) {
                deliveries.executeAll(effects); // before the peer stops, whoever waits for them is answered
                if (context.shuttingDown) {
                    effects.add(new ReplicaEffect.ReadyToStop());
                }
            } else if (effect instanceof Effect.InstallState install) {
                installState(install);
            } else {
                if (effect instanceof Effect.DiscardState discard) {
                    fetched.remove(discard.transfer());
                }
                effects.add(new ReplicaEffect.StateTransfer(effect));
            }
        }
    }

    /** Turns what the desks say into effects. */
    private final class Output implements ReplicaOutput, WatchOutput {
        @Override
        public void reply(ReplyHandle handle, ServerReply reply) {
            effects.add(new ReplicaEffect.Reply(handle, reply));
        }

        @Override
        public void tell(PeerId to, long link, ReplicaMessage message) {
            gate.send(to, link, message, Effect.When.NOW);
        }

        @Override
        public void closeConnection(long connection, String reason) {
            effects.add(new ReplicaEffect.CloseConnection(connection, reason));
        }

        @Override
        public void emit(long subscription, List<WatchItem> items) {
            effects.add(new ReplicaEffect.Emit(subscription, items));
        }

        @Override
        public void end(long subscription, Refused why) {
            effects.add(new ReplicaEffect.EndSubscription(subscription, why));
        }

        @Override
        public void readChanges(String fromKey, int bytesMax) {
            effects.add(new ReplicaEffect.ReadChanges(fromKey, bytesMax));
        }
    }
}
