package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.ServerReply.WriteReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.Transaction.AttachSession;
import io.fluxkeeper.core.replica.Transaction.Body;
import io.fluxkeeper.core.replica.Transaction.CloseSession;
import io.fluxkeeper.core.replica.Transaction.ExpireSession;
import io.fluxkeeper.core.replica.Transaction.OpenSession;
import io.fluxkeeper.core.replica.Transaction.RefusedWrite;
import io.fluxkeeper.core.replica.Transaction.Write;
import io.fluxkeeper.core.session.LiveSession;
import io.fluxkeeper.core.session.Session;
import io.fluxkeeper.core.session.SessionTable;
import io.fluxkeeper.core.watch.ChangeLog;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.TreePlan;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Executes one transaction: computes its {@link Outcome}, which changes nothing, and installs that. */
final class Execution {
    /** Says nothing of the defect itself: its words differ between peers, and the reply is part of the state. */
    private static final String DEFECT = "a defect of the server met this request; nothing was applied";

    /** Only the origin knows the password. */
    private static final byte[] NO_PASSWORD = {};

    private final ZnodeTree tree;
    private final SessionTable sessions;
    private final ChangeLog log;
    private final StateRows rows;
    private final Zxid zxid;
    private final long timeMillis;

    /**
     * What a transaction comes to.
     *
     * @param plan to be installed in the tree; null for none
     * @param recordUnder the stamp to record the reply under; null for a reply that is not recorded
     * @param session the session as opened or attached; null for none
     * @param ends the session it ends; null for none
     * @param defect why computing failed; null when it did not
     */
    private record Outcome(
            ServerReply reply,
            @Nullable TreePlan plan,
            @Nullable WriteStamp recordUnder,
            @Nullable Session session,
            @Nullable SessionId ends,
            @Nullable RuntimeException defect) {
        /** Nothing changes. */
        static Outcome answer(ServerReply reply) {
            return new Outcome(reply, null, null, null, null, null);
        }
    }

    Execution(ZnodeTree tree, SessionTable sessions, ChangeLog log, StateRows rows, Zxid zxid, long timeMillis) {
        this.tree = tree;
        this.sessions = sessions;
        this.log = log;
        this.rows = rows;
        this.zxid = zxid;
        this.timeMillis = timeMillis;
    }

    Applied run(Transaction transaction) {
        Outcome outcome;
        try {
            outcome = compute(transaction.body());
        } catch (RuntimeException e) {
            return refused(transaction, e);
        }
        return install(transaction, outcome);
    }

    /** For what failed before it came to a number in its session: nothing changes but the position. */
    Applied refused(@Nullable Transaction transaction, RuntimeException defect) {
        return new Applied(transaction, systemError(), List.of(), rows.takeChanges(), null, null, defect);
    }

    /** For a place in the log that holds no transaction. */
    Applied nothing() {
        return new Applied(null, new ServerReply.Synced(zxid), List.of(), rows.takeChanges(), null, null, null);
    }

    private Outcome compute(Body body) {
        if (body instanceof Write write) {
            return write(write);
        } else if (body instanceof OpenSession open) {
            return open(open);
        } else if (body instanceof AttachSession attach) {
            return attach(attach);
        } else if (body instanceof CloseSession close) {
            return close(close);
        } else if (body instanceof ExpireSession expire) {
            return expire(expire);
        } else if (body instanceof RefusedWrite refused) {
            return refusedWrite(refused);
        }
        throw new IllegalStateException("no rule for " + body);
    }

    /** Anything thrown here leaves the state half changed, and the peer must stop. */
    private Applied install(Transaction transaction, Outcome outcome) {
        List<Change> changes = List.of();
        if (outcome.plan != null) {
            tree.install(outcome.plan, rows);
            changes = outcome.plan.changes();
        }
        if (!changes.isEmpty()) {
            log.append(zxid, changes, StateRows::hashOfChanges, rows);
        }
        if (outcome.recordUnder != null && outcome.reply instanceof WriteReply reply) {
            sessions.record(outcome.recordUnder, reply, rows);
        }
        if (outcome.session != null) {
            sessions.put(outcome.session, rows);
        }
        if (outcome.ends != null) {
            sessions.end(zxid, outcome.ends, rows);
        }
        SessionId attached = outcome.session == null ? null : outcome.session.id();
        return new Applied(
                transaction, outcome.reply, changes, rows.takeChanges(), attached, outcome.ends, outcome.defect);
    }

    private Outcome write(Write write) {
        WriteStamp stamp = write.stamp();
        WriteReply instead = stamp == null ? null : sessions.whyNotExecute(zxid, stamp, write.generation());
        if (instead != null) {
            return Outcome.answer(instead);
        }
        SessionId session = stamp == null ? SessionId.NONE : stamp.session();
        try {
            TreePlan plan =
                    tree.plan(zxid, timeMillis, session, sessions.settings().ephemeralsMax());
            Refused refused = plan.execute(write.operations(), write.multi());
            return refused != null
                    ? new Outcome(refused, null, stamp, null, null, null)
                    : new Outcome(replyOf(write, plan.results()), plan, stamp, null, null, null);
        } catch (RuntimeException e) { // past the gate: the number is taken, or the session could not go on
            return new Outcome(systemError(), null, stamp, null, null, e);
        }
    }

    private WriteReply replyOf(Write write, List<OperationResult> results) {
        if (write.multi() || results.size() != 1) {
            return new ServerReply.MultiDone(zxid, results);
        }
        OperationResult result = results.get(0);
        if (result instanceof OperationResult.DataSet set) {
            return new ServerReply.DataSet(zxid, set.stat());
        } else if (result instanceof OperationResult.Created created) {
            return new ServerReply.Created(zxid, created.path(), created.stat());
        } else if (result instanceof OperationResult.Deleted) {
            return new ServerReply.Deleted(zxid);
        }
        return new ServerReply.MultiDone(zxid, results); // a lone check has no reply of its own
    }

    private Outcome refusedWrite(RefusedWrite write) {
        WriteReply instead = sessions.whyNotExecute(zxid, write.stamp(), write.generation());
        if (instead != null) {
            return Outcome.answer(instead);
        }
        String path = write.path().isEmpty() ? null : write.path();
        Refused refused = new Refused(zxid, write.code(), path, write.message(), null, null, null, null);
        return new Outcome(refused, null, write.stamp(), null, null, null);
    }

    private Outcome open(OpenSession open) {
        Refused refused = sessions.whyNotOpen(zxid);
        return refused != null
                ? Outcome.answer(refused)
                : opened(sessions.opened(zxid, open.timeoutMillis(), open.passwordHash()));
    }

    private Outcome attach(AttachSession attach) {
        Refused refused = sessions.whyNotAttach(zxid, attach.session(), attach.passwordHash());
        return refused != null ? Outcome.answer(refused) : opened(sessions.attached(zxid, attach.session()));
    }

    private Outcome opened(Session session) {
        LiveSession before = sessions.get(session.id());
        ServerReply reply = new ServerReply.SessionOpened(
                zxid,
                session.id(),
                NO_PASSWORD,
                session.timeoutMillis(),
                before == null ? 0 : before.lastCxid(),
                session.windowMax());
        return new Outcome(reply, null, null, session, null, null);
    }

    private Outcome close(CloseSession close) {
        WriteReply instead = sessions.whyNotExecute(zxid, close.stamp(), close.generation());
        return instead != null ? Outcome.answer(instead) : ended(close.stamp().session(), close.stamp());
    }

    private Outcome expire(ExpireSession expire) {
        Refused refused = sessions.whyNotExpire(zxid, expire.session(), expire.generation());
        return refused != null ? Outcome.answer(refused) : ended(expire.session(), null);
    }

    private Outcome ended(SessionId session, @Nullable WriteStamp recordUnder) {
        TreePlan plan = tree.plan(zxid, timeMillis, session, 0);
        plan.deleteEphemerals();
        return new Outcome(new ServerReply.SessionClosed(zxid), plan, recordUnder, null, session, null);
    }

    private Refused systemError() {
        return Refused.of(zxid, ErrorCode.SYSTEM_ERROR, DEFECT);
    }
}
