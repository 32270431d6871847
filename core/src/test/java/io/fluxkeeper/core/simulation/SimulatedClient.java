package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.simulation.check.Call;
import io.fluxkeeper.core.simulation.check.Violation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A client that writes, reads and watches in sessions: it moves from peer to peer, sends again wherever it comes to
 * what was not answered, falls silent, closes its session and opens another.
 */
final class SimulatedClient {
    /**
     * Finds its way back.
     *
     * @param readNext whether a read of a register follows the answer, so as to be linearizable
     * @param elsewhere whether another peer was asked, outside of the session
     */
    private record Handle(SimulatedClient client, long connection, Call call, boolean readNext, boolean elsewhere)
            implements ReplyHandle {}

    private final Simulation simulation;
    private final SplittableRandom random;
    private final SimulationOptions.Clients habits;
    private final int number;
    private int writes;
    /** Without an answer, after which it tries another peer. */
    private final int patienceTicks;

    private final OperationMix mix;
    private final List<ClientWatch> watches;

    /**
     * Whether it gives up what an attachment found not executed and numbers other writes in its place, as a gateway
     * does: then a late write of the attachment before must not take a number.
     */
    private final boolean renumbers;

    private byte[] password = new byte[ClientRequest.OpenSession.PASSWORD_BYTES];
    private @Nullable SessionId session;
    private @Nullable PeerId peer;
    private long connection;
    private boolean attached;
    private boolean congested;
    private boolean closing;
    /** Whether it begins its next attachment with a write of which it loses the one before. */
    private boolean losesOne;

    /** Writes of the session that have a number and no answer. */
    private final TreeMap<Long, Call> pending = new TreeMap<>();

    /** Answered, above {@link #acked}. */
    private final TreeSet<Long> answered = new TreeSet<>();

    private long sent;
    private long acked;
    private Zxid seen = Zxid.ZERO;
    private int done;
    private long lastProgress;
    private long silentUntil;
    private long resendAt;
    private long heartbeatAt;

    SimulatedClient(Simulation simulation, int number, int writes, SplittableRandom random) {
        this.simulation = simulation;
        this.habits = simulation.options().clientHabits();
        this.number = number;
        this.writes = writes;
        this.random = random;
        this.patienceTicks = 100 + random.nextInt(300);
        this.renumbers = random.nextInt(3) == 0;
        this.mix = new OperationMix(number, random.split());
        WatchScope scope = WatchScope.values()[random.nextInt(3)];
        String path = scope == WatchScope.ZNODE ? OperationMix.REGISTER + "0" : random.nextBoolean() ? "/e" : "/c1";
        this.watches = List.of(
                new ClientWatch(simulation.model(), "/", WatchScope.SUBTREE, false, ChangePosition.after(Zxid.ZERO)),
                new ClientWatch(simulation.model(), path, scope, false, null),
                new ClientWatch(simulation.model(), path, WatchScope.SUBTREE, true, null));
    }

    /** Everything it wanted is done, and every change it watches for was seen. */
    boolean isDone() {
        return done >= writes && pending.isEmpty() && watches.stream().allMatch(ClientWatch::isComplete);
    }

    @Override
    public String toString() {
        return "client " + number + " at " + peer + " attached " + attached + " by " + connection + " of " + session
                + ": sent " + sent + " acknowledged " + acked + ", " + done + " of " + writes + " done, watches "
                + watches + (renumbers ? ", renumbers" : "");
    }

    boolean owns(long aConnection) {
        return peer != null && aConnection == connection;
    }

    List<ClientWatch> watches() {
        return watches;
    }

    boolean isAt(PeerId id) {
        return id.equals(peer);
    }

    boolean isCongested() {
        return congested;
    }

    // ---- what it does

    void tick() {
        long tick = simulation.tick();
        boolean calm = simulation.isHealing();
        if (!calm && random.nextInt(1000) < habits.silences()) {
            fallSilent();
            if (random.nextBoolean()) {
                disconnect();
            }
        }
        if (tick < silentUntil && !calm) {
            return;
        }
        boolean stuck = tick - lastProgress > patienceTicks;
        boolean moves = attached && !calm && random.nextInt(1000) < habits.moves();
        if (moves) {
            writeMore(); // so that the next attachment races with writes of this one
        }
        if (peer == null || stuck || moves) {
            connect();
        } else if (attached) {
            act(calm);
        }
    }

    /** Up to twice as long as a session lasts. */
    void fallSilent() {
        fallSilent(random.nextInt(habits.sessionMillis() * 2 / Simulation.TICK));
    }

    void fallSilent(int ticks) {
        silentUntil = simulation.tick() + ticks;
    }

    /** Says that it lives, and asks what is new, and then nothing for so long. */
    void speakOnceMore(int silentTicks) {
        if (attached) {
            heartbeat();
            request(call(new ClientRequest.Sync(new ReadStamp(session, 0, seen)), simulation.now(), false), true);
            fallSilent(silentTicks);
        }
    }

    private void heartbeat() {
        request(call(new ClientRequest.Heartbeat(session), simulation.now(), false), false);
    }

    private void act(boolean calm) {
        long tick = simulation.tick();
        if (resendAt != 0 && resendAt <= tick) {
            resendAt = 0;
            pending.values().forEach(this::send);
        }
        if (heartbeatAt <= tick) {
            heartbeatAt = tick + habits.sessionMillis() / (4 * Simulation.TICK);
            heartbeat();
        }
        if (calm || random.nextInt(100) < habits.pacePercent()) {
            writeMore();
            readSome();
        }
        for (ClientWatch watch : watches) {
            if (!watch.isSubscribed() && random.nextInt(4) == 0) {
                subscribe(watch);
            } else if (watch.isSubscribed() && watch.due() == 0 && (calm || random.nextInt(3) == 0)) {
                ask(watch, 1 + random.nextInt(5));
            } else if (watch.isSubscribed() && !calm && random.nextInt(300) == 0) {
                at().take(new ReplicaInput.Cancelled(watch.subscription()));
                watch.lost();
            }
        }
        if (!calm && random.nextInt(200) == 0 || congested && calm) {
            congested = !congested;
            watches.forEach(ClientWatch::fellBehind);
            at().take(new ReplicaInput.ConnectionCongested(connection, congested));
        }
    }

    private SimulatedPeer at() {
        return simulation.peer(peer);
    }

    private void writeMore() {
        while (done + pending.size() < writes && pending.size() < habits.pipeline() && !closing) {
            send(numbered());
        }
        if (done < writes && random.nextInt(30) == 0) {
            request(call(mix.write(null), simulation.now(), false), false);
        }
    }

    private Call numbered() {
        long cxid = ++sent;
        WriteStamp stamp = new WriteStamp(session, cxid, Math.min(acked, cxid - 1));
        boolean closes = !simulation.isHealing() && random.nextInt(60) == 0;
        closing = closes;
        Call call = call(closes ? new ClientRequest.CloseSession(stamp) : mix.write(stamp), simulation.now(), false);
        pending.put(cxid, call);
        return call;
    }

    private void readSome() {
        if (random.nextInt(3) == 0) {
            ReadStamp stamp = readStamp();
            ClientRequest.ReadRequest read =
                    stamp.linearizable() && random.nextBoolean() ? mix.readRegister(stamp) : mix.read(stamp);
            request(call(read, simulation.now(), stamp.linearizable()), false);
        }
        if (random.nextInt(10) == 0) {
            readElsewhere();
        }
        if (random.nextInt(8) == 0) {
            ReadStamp stamp = new ReadStamp(session, 0, seen);
            request(call(new ClientRequest.Sync(stamp), simulation.now(), false), random.nextBoolean());
        }
    }

    /** Of any peer, outside of the session: it must not be older than what was seen all the same. */
    private void readElsewhere() {
        List<SimulatedPeer> up = simulation.peersUp();
        ReadStamp stamp = new ReadStamp(null, 0, seen, random.nextInt(4) == 0);
        Call call = call(mix.read(stamp), simulation.now(), stamp.linearizable());
        Handle handle = new Handle(this, connection, call, false, true);
        up.get(random.nextInt(up.size()))
                .take(new ReplicaInput.Requested(0, handle, call.request(), new byte[0], List.of()));
    }

    private ReadStamp readStamp() {
        return new ReadStamp(session, random.nextBoolean() ? sent : 0, seen, random.nextInt(4) == 0);
    }

    private Call call(ClientRequest request, long invokedAt, boolean linearizable) {
        Call call = new Call(number, session, request, invokedAt, seen, linearizable);
        simulation.checkers().invoked(call);
        return call;
    }

    private void send(Call call) {
        if (call.request() instanceof ClientRequest.SetData set && set.path().equals(OperationMix.INVALID)) {
            Handle handle = new Handle(this, connection, call, false, false);
            at().take(new ReplicaInput.InvalidWrite(
                    connection, handle, set.stamp(), ErrorCode.BAD_ARGUMENTS, "it makes no sense"));
        } else {
            request(call, false);
        }
    }

    private void request(Call call, boolean readNext) {
        Handle handle = new Handle(this, connection, call, readNext, false);
        at().take(new ReplicaInput.Requested(connection, handle, call.request(), password.clone(), List.of()));
    }

    private void connect() {
        if (peer != null && random.nextBoolean()) { // else the peer learns nothing of the broken connection
            at().take(new ReplicaInput.ConnectionClosed(connection));
        }
        gone();
        List<SimulatedPeer> up = simulation.peersUp();
        if (up.isEmpty()) {
            return;
        }
        connect(up.get(random.nextInt(up.size())).id);
    }

    private void connect(PeerId to) {
        lastProgress = simulation.tick();
        connection = simulation.nextConnection();
        peer = to;
        if (session == null) {
            random.nextBytes(password);
        }
        byte[] known = session == null ? null : password;
        request(
                call(
                        new ClientRequest.OpenSession(habits.sessionMillis(), session, known, seen),
                        simulation.now(),
                        false),
                false);
    }

    /**
     * By a new connection it writes two more there. The first is not sent, as if that peer had had no room for it, until
     * the second was refused for the gap.
     */
    void loseOneAt(PeerId to) {
        writes += 2;
        losesOne = true;
        disconnect();
        connect(to);
    }

    private void disconnect() {
        if (peer != null) {
            at().take(new ReplicaInput.ConnectionClosed(connection));
            gone();
        }
    }

    /** The connection is no more. */
    void gone() {
        peer = null;
        attached = false;
        congested = false;
        resendAt = 0;
        watches.forEach(ClientWatch::lost);
    }

    private void sessionOver() {
        simulation.trace().event("client " + number, seen.value(), () -> session + " is over");
        session = null;
        pending.clear();
        answered.clear();
        sent = 0;
        acked = 0;
        closing = false;
        disconnect();
    }

    // ---- what it is told

    /** A reply arrived; one of a connection that is gone does not. */
    static void replied(ReplyHandle handle, ServerReply reply) {
        Handle own = (Handle) handle;
        if (own.client.owns(own.connection)) {
            own.client.replied(own, reply);
        }
    }

    private void replied(Handle handle, ServerReply reply) {
        Call call = handle.call;
        simulation
                .trace()
                .event("client " + number, reply.zxid().value() + call.invokedAt(), () -> call + " -> " + reply);
        if (!handle.elsewhere) {
            watches.forEach(watch -> watch.shown(reply.zxid()));
        }
        boolean refused = reply instanceof ServerReply.Refused;
        if (refused && isNoOutcome(call, (ServerReply.Refused) reply)) {
            seen = Zxid.max(seen, reply.zxid());
            if (!handle.elsewhere) {
                refused(call, ((ServerReply.Refused) reply).code());
            }
            return;
        }
        if (call.answeredAt() < 0) {
            call.answered(simulation.now(), reply);
            simulation.checkers().answered(call);
        }
        seen = Zxid.max(seen, reply.zxid());
        lastProgress = simulation.tick();
        if (reply instanceof ServerReply.SessionOpened opened) {
            opened(opened);
        } else if (call.stamp() != null) {
            written(call.stamp(), reply);
        } else if (reply instanceof ServerReply.Data data && call.request() instanceof ClientRequest.GetData get) {
            mix.saw(get.path().value(), data.stat().version());
        } else if (reply instanceof ServerReply.ChildNames names && names.pin() != null && !handle.elsewhere) {
            String path = ((ClientRequest.Children) call.request()).path().value();
            request(call(OperationMix.nextPage(path, names, session), simulation.now(), false), false);
        } else if (reply instanceof ServerReply.Synced && handle.readNext) {
            request(call(mix.readRegister(new ReadStamp(session, 0, seen)), call.invokedAt(), true), false);
        }
    }

    /** Whether the refusal is of the moment or the place, and says nothing about the tree. */
    private static boolean isNoOutcome(Call call, ServerReply.Refused refused) {
        return switch (refused.code()) {
            case TREE_FULL -> call.stamp() == null;
            case NO_NODE,
                    NODE_EXISTS,
                    BAD_VERSION,
                    NOT_EMPTY,
                    NO_CHILDREN_FOR_EPHEMERALS,
                    TOO_MANY_EPHEMERALS,
                    BAD_ARGUMENTS -> false;
            default -> true;
        };
    }

    private void opened(ServerReply.SessionOpened opened) {
        session = opened.session();
        password = opened.password().clone();
        attached = true;
        heartbeatAt = 0;
        if (renumbers && sent > opened.lastCxid()) {
            pending.tailMap(opened.lastCxid(), false).clear();
            sent = Math.max(opened.lastCxid(), acked);
            closing = false;
        }
        pending.values().forEach(this::send);
        if (losesOne) {
            losesOne = false;
            numbered();
            send(numbered());
        }
        watches.forEach(this::subscribe);
    }

    private void subscribe(ClientWatch watch) {
        watch.subscribed(simulation.nextConnection());
        at().take(new ReplicaInput.Subscribed(
                connection, watch.subscription(), watch.request(session, seen), List.of()));
        ask(watch, 1 + random.nextInt(5));
    }

    private void ask(ClientWatch watch, int items) {
        watch.asks(items);
        at().take(new ReplicaInput.Demanded(watch.subscription(), items));
    }

    private void written(WriteStamp stamp, ServerReply reply) {
        if (pending.remove(stamp.cxid()) == null) {
            return;
        }
        done++;
        answered.add(stamp.cxid());
        while (answered.remove(acked + 1)) {
            acked++;
        }
        if (reply instanceof ServerReply.SessionClosed) {
            sessionOver();
        }
    }

    private void refused(Call call, ErrorCode code) {
        boolean write = call.stamp() != null || call.request() instanceof ClientRequest.OpenSession;
        switch (code) {
            case SESSION_EXPIRED -> {
                if (session != null && session.equals(call.session())) {
                    simulation.checkers().sessionOver(call);
                    sessionOver();
                }
            }
            case TOO_BUSY, GAP, WINDOW_FULL, DISK_FULL, LIMIT_REACHED -> {
                if (call.request() instanceof ClientRequest.OpenSession) {
                    disconnect();
                } else if (write && resendAt == 0) {
                    resendAt = simulation.tick() + 1 + random.nextInt(10);
                }
            }
            case NOT_SERVING, READ_TIMEOUT, SHUTTING_DOWN, UNKNOWN_SESSION, SESSION_MOVED -> {
                if (write || code != ErrorCode.READ_TIMEOUT) {
                    disconnect();
                }
            }
            case PIN_ENDED -> {} // its peer's state was replaced
            case TREE_FULL -> {} // it had no number to take
            case OUTCOME_UNKNOWN -> {
                if (write) {
                    throw new Violation("only expected refusals", "%s: %s", call, code);
                }
            }
            default -> throw new Violation("only expected refusals", "%s: %s", call, code);
        }
    }

    void items(ClientWatch watch, List<WatchItem> items) {
        watch.items(items);
        seen = Zxid.max(seen, items.get(items.size() - 1).zxid());
        lastProgress = simulation.tick();
        if (random.nextInt(4) > 0) {
            ask(watch, items.size());
        }
    }
}
