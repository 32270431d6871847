package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client that creates sequential znodes below its own, each with its number as data, re-sends what was not answered
 * wherever it comes to, and watches its own subtree. What it was told must be what is there at the end.
 */
final class SimulatedClient {
    /** A handle that finds its way back. */
    private final class Call implements ReplyHandle {
        final long atConnection = connection;
        final long sentBefore = sent;
        final Zxid seenBefore = seen;
        final Zxid acknowledgedBefore = simulation.highestAcknowledged();
        final long cxid;

        Call(long cxid) {
            this.cxid = cxid;
        }

        boolean isOf(SimulatedClient client) {
            return client == SimulatedClient.this;
        }
    }

    private static final int SESSION_MILLIS = 60_000;

    private final Simulation simulation;
    private final SplittableRandom random;
    private final int number;
    private final int writes;
    private final TreeMap<Long, Zxid> acknowledged = new TreeMap<>();
    private final TreeMap<Long, Integer> events = new TreeMap<>();
    private final byte[] password = new byte[16];
    private @Nullable SessionId session;
    private @Nullable PeerId peer;
    private @Nullable ChangePosition position;
    private long connection;
    private long subscription;
    private boolean attached;
    private long sent;
    private long acked;
    private Zxid seen = Zxid.ZERO;
    private long lastProgress;

    /**
     * Whether it gives up what an attachment found not executed and numbers other writes in its place, as a gateway
     * does: then a late write of the attachment before must not take a number.
     */
    private final boolean renumbers;

    /** Counts what was given up; part of the data, so that two writes of one number differ. */
    private long attempt;

    /** For each number, what the write that counts has as data. */
    private final TreeMap<Long, Long> dataSent = new TreeMap<>();

    /** Whether some peer's change log did not reach back to where this client's watch was. */
    private boolean watchLost;

    SimulatedClient(Simulation simulation, int number, int writes, SplittableRandom random) {
        this.simulation = simulation;
        this.number = number;
        this.writes = writes;
        this.random = random;
        this.renumbers = random.nextInt(3) == 0;
    }

    String root() {
        return "/c" + number;
    }

    /** Every write is answered, and every change of its subtree was seen, unless no change log reached back. */
    boolean isDone() {
        return acked == writes + 1L && (watchLost || events.size() == writes + 1);
    }

    /** Connects where it is not, sends what may be sent. */
    void tick() {
        boolean stuck = simulation.tick() - lastProgress > 200;
        boolean moves = attached
                && !simulation.isHealing()
                && random.nextInt(1000) < simulation.options().movesPerThousand();
        if (moves) {
            sendMore(); // so that the next attachment races with writes of this one
        }
        if (peer == null || stuck || moves) {
            connect();
        } else if (attached
                && (simulation.isHealing()
                        || random.nextInt(100) < simulation.options().pacePercent())) {
            sendMore();
        }
    }

    void lost(PeerId lost) {
        if (lost.equals(peer)) {
            peer = null;
            attached = false;
        }
    }

    @Override
    public String toString() {
        return "client " + number + " at " + peer + " attached " + attached + " by " + connection + " of " + session
                + ": sent " + sent + " acknowledged " + acked + " of " + (writes + 1) + ", events " + events.size()
                + (watchLost ? " and some lost" : "") + (renumbers ? ", renumbers" : "");
    }

    boolean owns(long aConnection) {
        return aConnection == connection;
    }

    boolean watchesBy(long aSubscription) {
        return attached && aSubscription == subscription;
    }

    private void connect() {
        if (peer != null && random.nextBoolean()) { // else the peer learns nothing of the broken connection
            simulation.peer(peer).take(new ReplicaInput.ConnectionClosed(connection));
        }
        List<SimulatedPeer> up = simulation.peersUp();
        if (up.isEmpty()) {
            return;
        }
        lastProgress = simulation.tick();
        attached = false;
        connection = simulation.nextConnection();
        peer = up.get(random.nextInt(up.size())).id;
        request(
                new Call(0),
                new ClientRequest.OpenSession(SESSION_MILLIS, session, session == null ? null : password, seen));
    }

    private void sendMore() {
        while (sent < writes + 1L && sent - acked < simulation.options().pipeline()) {
            sent++;
            dataSent.put(sent, attempt << 32 | sent);
            send(sent, dataSent.get(sent));
        }
        if (random.nextInt(4) == 0) {
            request(
                    new Call(-1),
                    new ClientRequest.Children(ZnodePath.of(root()), null, null, new ReadStamp(session, sent, seen)));
        }
        if (random.nextInt(8) == 0) {
            request(new Call(-2), new ClientRequest.Sync(new ReadStamp(session, 0, seen)));
        }
    }

    private void send(long cxid, long value) {
        WriteStamp stamp = new WriteStamp(session, cxid, Math.min(acked, cxid - 1));
        byte[] data = ByteBuffer.allocate(8).putLong(value).array();
        request(
                new Call(cxid),
                cxid == 1
                        ? new ClientRequest.Create(root(), data, CreateMode.PERSISTENT, null, stamp)
                        : new ClientRequest.Create(
                                root() + "/n-", data, CreateMode.PERSISTENT_SEQUENTIAL, null, stamp));
    }

    private void request(Call call, ClientRequest request) {
        simulation.peer(peer).take(new ReplicaInput.Requested(connection, call, request, password.clone(), List.of()));
    }

    /** A reply arrived; one of a connection that is gone does not. */
    void repliedIfOwn(ReplyHandle handle, ServerReply reply) {
        if (handle instanceof Call call && call.isOf(this) && call.atConnection == connection && peer != null) {
            replied(call, reply);
        }
    }

    private void replied(Call call, ServerReply reply) {
        if (reply instanceof ServerReply.Refused refused) {
            refused(call, refused);
            return;
        }
        checkFreshness(call, reply);
        seen = Zxid.max(seen, reply.zxid());
        lastProgress = simulation.tick();
        if (reply instanceof ServerReply.SessionOpened opened) {
            opened(opened);
        } else if (reply instanceof ServerReply.Created created) {
            created(call.cxid, created);
        } else if (reply instanceof ServerReply.ChildNames names
                && names.names().size() < call.sentBefore - 1) {
            throw new Violation(
                    "a read comes after its session's writes",
                    "client %s sees %s children after it sent %s creates",
                    number,
                    names.names().size(),
                    call.sentBefore - 1);
        }
    }

    /** A read is as fresh as it asked to be; a sync shows what anybody was told before it began. */
    private void checkFreshness(Call call, ServerReply reply) {
        boolean read = reply instanceof ServerReply.ChildNames || reply instanceof ServerReply.Synced;
        if (read && call.seenBefore.isAfter(reply.zxid())) {
            throw new Violation("reads never go back", "client %s saw %s, then %s", number, call.seenBefore, reply);
        }
        if (reply instanceof ServerReply.Synced && call.acknowledgedBefore.isAfter(reply.zxid())) {
            throw new Violation(
                    "a sync is linearizable", "%s was acknowledged before %s began", call.acknowledgedBefore, reply);
        }
    }

    private void opened(ServerReply.SessionOpened opened) {
        if (session != null && !session.equals(opened.session())) {
            throw new Violation("a session keeps its id", "%s became %s", session, opened.session());
        }
        session = opened.session();
        attached = true;
        if (renumbers && sent > opened.lastCxid()) {
            sent = Math.max(opened.lastCxid(), acked);
            attempt++;
        }
        for (long cxid = acked + 1; cxid <= sent; cxid++) {
            send(cxid, dataSent.get(cxid));
        }
        subscription = simulation.nextConnection();
        SimulatedPeer at = simulation.peer(peer);
        at.take(new ReplicaInput.Subscribed(
                connection,
                subscription,
                new ClientRequest.Watch(
                        ZnodePath.of(root()),
                        WatchScope.SUBTREE,
                        position == null ? ChangePosition.after(Zxid.ZERO) : position,
                        true,
                        session,
                        seen),
                List.of()));
        at.take(new ReplicaInput.Demanded(subscription, 1 + random.nextInt(5)));
    }

    private void created(long cxid, ServerReply.Created created) {
        simulation.acknowledged(created.zxid());
        Zxid before = acknowledged.put(cxid, created.zxid());
        if (before != null && !before.equals(created.zxid())) {
            throw new Violation(
                    "exactly once", "client %s cxid %s got %s and %s", number, cxid, before, created.zxid());
        }
        while (acknowledged.containsKey(acked + 1)) {
            acked++;
        }
    }

    private void refused(Call call, ServerReply.Refused refused) {
        switch (refused.code()) {
            case TOO_BUSY, NOT_SERVING, READ_TIMEOUT, UNKNOWN_SESSION, SESSION_MOVED, GAP, SHUTTING_DOWN -> {
                if (call.cxid >= 0) {
                    reconnect();
                }
            }
            case NO_NODE -> {
                if (call.cxid != -1 || call.sentBefore > 0) {
                    throw new Violation("acknowledged is there", "client %s: %s", number, refused);
                }
            }
            default ->
                throw new Violation("only expected refusals", "client %s cxid %s: %s", number, call.cxid, refused);
        }
    }

    private void reconnect() {
        simulation.peer(peer).take(new ReplicaInput.ConnectionClosed(connection));
        peer = null;
        attached = false;
    }

    void closed() {
        peer = null;
        attached = false;
    }

    void items(List<WatchItem> items) {
        for (WatchItem item : items) {
            seen = Zxid.max(seen, item.zxid());
            if (item instanceof WatchItem.Changed changed) {
                changed(changed);
            }
            position = item instanceof WatchItem.Changed changed && !changed.last()
                    ? new ChangePosition(changed.zxid(), changed.ordinal() + 1)
                    : ChangePosition.after(item.zxid());
        }
        simulation.peer(peer).take(new ReplicaInput.Demanded(subscription, items.size()));
    }

    private void changed(WatchItem.Changed changed) {
        if (position != null && !isBehind(changed, position)) {
            throw new Violation("events in order, once", "client %s: %s after %s", number, changed, position);
        }
        if (changed.type() != EventType.CREATED || changed.data() == null) {
            throw new Violation("events are what happened", "client %s: %s", number, changed);
        }
        long cxid = ByteBuffer.wrap(changed.data()).getInt(4);
        if (events.merge(cxid, 1, Integer::sum) > 1 || cxid != events.size()) {
            throw new Violation(
                    "events complete, once", "client %s: cxid %s after %s events", number, cxid, events.size());
        }
    }

    private static boolean isBehind(WatchItem.Changed changed, ChangePosition position) {
        int byZxid = changed.zxid().compareTo(position.zxid());
        return byZxid > 0 || byZxid == 0 && changed.ordinal() >= position.ordinal();
    }

    /** The stream ended: another peer may reach back further; one that cannot is tried again. */
    void watchEnded(ServerReply.Refused why) {
        if (why.code() == ErrorCode.POSITION_TOO_OLD) {
            watchLost = true;
        }
    }

    /** At the end: what was acknowledged is there, once, in the order of the session. */
    void check(List<Long> dataInNameOrder) {
        List<Long> expected = new ArrayList<>();
        for (long cxid = 2; cxid <= writes + 1L; cxid++) {
            expected.add(dataSent.get(cxid));
        }
        if (!dataInNameOrder.equals(expected)) {
            throw new Violation(
                    "acknowledged writes once, in order",
                    "client %s has %s, expected %s",
                    number,
                    dataInNameOrder,
                    expected);
        }
        Zxid last = Zxid.ZERO;
        for (Zxid zxid : acknowledged.values()) {
            if (!zxid.isAfter(last)) {
                throw new Violation("session order", "client %s: %s after %s", number, zxid, last);
            }
            last = zxid;
        }
    }
}
