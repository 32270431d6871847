package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.Transaction;
import io.fluxkeeper.core.replica.TransactionCodec;
import io.fluxkeeper.core.znode.NaiveTree;
import io.fluxkeeper.core.znode.Stat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the ensemble's state ought to be after each transaction, from the transactions alone: the naive tree and the
 * naive sessions, with every znode as it was at every zxid.
 */
public final class Model {
    private static final int EPHEMERALS_MAX = 10_000;

    /** A znode at some zxid. */
    public record Node(byte @Nullable [] data, Stat stat) {}

    /**
     * A change that watches show.
     *
     * @param alone whether the transaction changed the znode once only, so that {@code node} is what it made of it
     * @param node after the transaction; null when it is not there then
     */
    public record Event(
            Zxid zxid,
            int ordinal,
            EventType type,
            String path,
            boolean alone,
            @Nullable Node node) {}

    /**
     * What a transaction came to.
     *
     * @param session that was opened, attached, ended, or wrote; null for none
     * @param took whether it was carried out, or refused for good by the tree; not when it was void
     * @param refusal of the tree, or of the connection; null for none
     * @param opened whether the session was opened or attached
     * @param ended whether the session ended
     */
    public record Executed(
            Entry entry,
            Transaction transaction,
            @Nullable SessionId session,
            boolean took,
            @Nullable ErrorCode refusal,
            boolean opened,
            boolean ended,
            List<Event> events) {
        public Zxid zxid() {
            return entry.zxid();
        }
    }

    private final NaiveTree tree = new NaiveTree();
    private final ModelSessions sessions = new ModelSessions();
    /** For each path, what it was from which zxid on; null for not there. */
    private final TreeMap<String, TreeMap<Zxid, @Nullable Node>> nodes = new TreeMap<>();

    private final List<Event> events = new ArrayList<>();
    private final TreeMap<Zxid, Executed> executed = new TreeMap<>();
    /** By session and number: where the write was carried out. */
    private final Map<WriteStampKey, Zxid> places = new HashMap<>();

    private Zxid last = Zxid.ZERO;
    private long timeMillis;

    private record WriteStampKey(SessionId session, long cxid) {}

    public Model() {
        tree.rows.keySet().forEach(path -> remember(Zxid.ZERO, path));
    }

    /** The last transaction that anybody executed. */
    public Zxid last() {
        return last;
    }

    public ModelSessions sessions() {
        return sessions;
    }

    /** All changes so far, in order. */
    public List<Event> events() {
        return events;
    }

    /** Null when no such transaction was executed. */
    public @Nullable Executed at(Zxid zxid) {
        return executed.get(zxid);
    }

    /** Where that write was carried out; null when it was not. */
    public @Nullable Zxid placeOf(SessionId session, long cxid) {
        return places.get(new WriteStampKey(session, cxid));
    }

    /** Null when it was not there then. */
    public @Nullable Node node(String path, Zxid zxid) {
        TreeMap<Zxid, @Nullable Node> versions = nodes.get(path);
        Map.Entry<Zxid, @Nullable Node> found = versions == null ? null : versions.floorEntry(zxid);
        return found == null ? null : found.getValue();
    }

    /** Every path that ever was there. */
    public Iterable<String> paths() {
        return nodes.keySet();
    }

    public List<String> children(String path, Zxid zxid) {
        String prefix = path.equals("/") ? "/" : path + "/";
        List<String> names = new ArrayList<>();
        for (String each : nodes.tailMap(prefix, false).keySet()) {
            if (!each.startsWith(prefix)) {
                break;
            }
            if (each.indexOf('/', prefix.length()) < 0 && node(each, zxid) != null) {
                names.add(each.substring(prefix.length()));
            }
        }
        return names;
    }

    /** Executes the next transaction. */
    public Executed execute(Entry entry) {
        Zxid zxid = entry.zxid();
        last = zxid;
        Transaction transaction = TransactionCodec.decode(entry.payload());
        timeMillis = Math.max(timeMillis, transaction.timeMillis());
        tree.events = new ArrayList<>();
        Executed outcome = outcome(entry, transaction, transaction.body());
        executed.put(zxid, outcome);
        WriteStamp stamp = transaction.body().stamp();
        if (stamp != null && outcome.took()) {
            places.put(new WriteStampKey(stamp.session(), stamp.cxid()), zxid);
        }
        return outcome;
    }

    /** An entry of Multi-Paxos that changes nothing. */
    public void noOp(Zxid zxid) {
        last = zxid;
    }

    private Executed outcome(Entry entry, Transaction transaction, Transaction.Body body) {
        Zxid zxid = entry.zxid();
        if (body instanceof Transaction.OpenSession open) {
            SessionId id = sessions.open(zxid, open.passwordHash());
            return new Executed(entry, transaction, id, true, null, true, false, List.of());
        } else if (body instanceof Transaction.AttachSession attach) {
            boolean took = sessions.attach(zxid, attach.session(), attach.passwordHash());
            ErrorCode refusal = took ? null : ErrorCode.SESSION_EXPIRED;
            return new Executed(entry, transaction, attach.session(), took, refusal, took, false, List.of());
        } else if (body instanceof Transaction.ExpireSession expire) {
            boolean took = sessions.isIn(expire.session(), expire.generation());
            return ended(entry, transaction, expire.session(), took);
        } else if (body instanceof Transaction.CloseSession close) {
            boolean took = sessions.take(close.stamp(), close.generation());
            return ended(entry, transaction, close.stamp().session(), took);
        } else if (body instanceof Transaction.RefusedWrite refused) {
            boolean took = sessions.take(refused.stamp(), refused.generation());
            SessionId session = refused.stamp().session();
            return new Executed(entry, transaction, session, took, refused.code(), false, false, List.of());
        }
        return written(entry, transaction, (Transaction.Write) body);
    }

    private Executed ended(Entry entry, Transaction transaction, SessionId session, boolean took) {
        List<Event> changes = List.of();
        if (took) {
            tree.endOf(session, entry.zxid());
            sessions.end(entry.zxid(), session);
            changes = takeEvents(entry.zxid());
        }
        return new Executed(entry, transaction, session, took, null, false, took, changes);
    }

    private Executed written(Entry entry, Transaction transaction, Transaction.Write write) {
        WriteStamp stamp = write.stamp();
        SessionId session = stamp == null ? SessionId.NONE : stamp.session();
        boolean took = stamp == null || sessions.take(stamp, write.generation());
        ErrorCode refusal = null;
        List<Event> changes = List.of();
        if (took) {
            refusal = tree.execute(write.operations(), entry.zxid(), timeMillis, session, EPHEMERALS_MAX);
            changes = takeEvents(entry.zxid());
        }
        return new Executed(entry, transaction, stamp == null ? null : session, took, refusal, false, false, changes);
    }

    /** The tree's events of this transaction, and every znode that it changed. */
    private List<Event> takeEvents(Zxid zxid) {
        TreeSet<String> touched = new TreeSet<>();
        Map<String, Integer> times = new HashMap<>();
        for (String event : tree.events) {
            String path = pathOf(event);
            times.merge(path, 1, Integer::sum);
            touched.add(path);
            touched.add(path.substring(0, Math.max(1, path.lastIndexOf('/'))));
        }
        touched.forEach(path -> remember(zxid, path));
        List<Event> taken = new ArrayList<>();
        for (String event : tree.events) {
            String path = pathOf(event);
            EventType type = EventType.valueOf(event.substring(0, event.indexOf(' ')));
            boolean alone = times.get(path) == 1;
            taken.add(new Event(zxid, taken.size(), type, path, alone, node(path, zxid)));
        }
        events.addAll(taken);
        return taken;
    }

    private static String pathOf(String event) {
        return event.substring(event.indexOf(' ') + 1);
    }

    private void remember(Zxid zxid, String path) {
        Node node = tree.rows.containsKey(path) ? new Node(tree.rows.get(path).data, tree.stat(path)) : null;
        nodes.computeIfAbsent(path, p -> new TreeMap<>()).put(zxid, node);
    }

    /** The operations of a transaction; empty for one that has none. */
    public static List<Operation> operationsOf(Executed executed) {
        return executed.transaction().body() instanceof Transaction.Write write ? write.operations() : List.of();
    }
}
