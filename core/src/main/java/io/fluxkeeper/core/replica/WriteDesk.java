package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.Attachments.Attachment;
import io.fluxkeeper.core.replica.ReplicaInput.Requested;
import io.fluxkeeper.core.replica.ReplicaMessage.ForwardedRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request into the log and of its reply back. At its origin it is kept until it is answered: handed to
 * this peer's own {@link LeaderDesk} or forwarded to the leader, and again to the next leader if that is safe.
 */
final class WriteDesk {
    private static final byte[] NO_PASSWORD = {};

    private final ReplicaContext context;
    private final Attachments attachments;
    private final LeaderDesk leaderDesk;
    private final Submissions submissions = new Submissions();
    private final BinaryWriter scratch = new BinaryWriter();

    private long lastNumber;
    private boolean handedInAll = true;

    /** Whether some that may have a place are to be handed in again with the next tick. */
    private boolean refusedForNow;

    WriteDesk(ReplicaContext context, Attachments attachments, LeaderDesk leaderDesk) {
        this.context = context;
        this.attachments = attachments;
        this.leaderDesk = leaderDesk;
    }

    int size() {
        return submissions.size();
    }

    void open(Requested requested, ClientRequest.OpenSession request) {
        SessionId session = request.session();
        byte[] password = request.password();
        Transaction.Body body;
        if (session == null || password == null) {
            password = requested.freshPassword();
            body = new Transaction.OpenSession(request.timeoutMillis(), sha256(password));
        } else {
            body = new Transaction.AttachSession(session, sha256(password));
        }
        take(requested, null, 0, true, body, password);
    }

    void close(Requested requested, ClientRequest.CloseSession request, Attachment attachment) {
        WriteStamp stamp = request.stamp();
        Transaction.Body body = new Transaction.CloseSession(stamp, attachment.generation);
        take(requested, stamp, attachment.generation, true, body, NO_PASSWORD);
    }

    /** @param attachment of the stamp's session; null for a write without a stamp */
    void write(
            Requested requested,
            @Nullable WriteStamp stamp,
            @Nullable Attachment attachment,
            boolean multi,
            List<Operation> operations) {
        long generation = attachment == null ? 0 : attachment.generation;
        Transaction.Body body = new Transaction.Write(stamp, generation, multi, operations, requested.identities());
        take(requested, stamp, generation, stamp != null, body, NO_PASSWORD);
    }

    /** A numbered write that can never be carried out takes its place in the log, and its number, all the same. */
    void refuseForGood(ReplicaInput.InvalidWrite invalid, Attachment attachment) {
        WriteStamp stamp = invalid.stamp();
        Transaction.Body body =
                new Transaction.RefusedWrite(stamp, attachment.generation, invalid.code(), "", invalid.message());
        take(invalid.connection(), invalid.handle(), stamp, attachment.generation, true, body, NO_PASSWORD);
    }

    private void take(
            Requested requested,
            @Nullable WriteStamp stamp,
            long generation,
            boolean repeatable,
            Transaction.Body body,
            byte[] password) {
        take(requested.connection(), requested.handle(), stamp, generation, repeatable, body, password);
    }

    private void take(
            long connection,
            ReplyHandle handle,
            @Nullable WriteStamp stamp,
            long generation,
            boolean repeatable,
            Transaction.Body body,
            byte[] password) {
        SessionId session = stamp == null ? SessionId.NONE : stamp.session();
        long cxid = stamp == null ? 0 : stamp.cxid();
        if (submissions.size() >= context.config.bounds().pendingWritesMax()) {
            refuse(
                    handle,
                    ErrorCode.TOO_BUSY,
                    "this peer has as many writes under way as it may (" + submissions.size()
                            + "); nothing was taken, try again later");
            return;
        }
        long number = ++lastNumber;
        Transaction.Origin origin =
                new Transaction.Origin(context.config.ensemble().self(), context.config.incarnation(), number);
        Submission submission = new Submission(
                number,
                connection,
                handle,
                session,
                generation,
                cxid,
                repeatable,
                TransactionCodec.encode(new Transaction(0, origin, body), scratch),
                password,
                context.tick);
        submissions.add(submission);
        if (handedInAll || context.isFollowing()) {
            handIn(submission);
        } // else it goes in behind what waits already
    }

    /** Whether this peer leads and takes requests. */
    private boolean deskIsOpen() {
        return context.isLeading() && leaderDesk.isOpen(context.state);
    }

    /** Gives it to the leader, here or elsewhere; without one it waits. */
    private void handIn(Submission submission) {
        if (deskIsOpen()) {
            submission.handedIn();
            LeaderDesk.Refusal refusal = leaderDesk.submit(
                    submission.session,
                    submission.generation,
                    submission.cxid,
                    submission.payload,
                    context.nowMillis,
                    context.state,
                    context.effects);
            if (refusal != null) {
                refused(submission.number, refusal.code(), refusal.expected(), refusal.message());
            }
        } else if (context.isFollowing()) {
            submission.handedIn();
            context.tellLeader(new ForwardedRequest(
                    context.status.epoch(),
                    submission.number,
                    submission.session,
                    submission.generation,
                    submission.cxid,
                    submission.payload));
        } else {
            handedInAll = false;
        }
    }

    /**
     * A numbered write under a number of its own: if it got a place before, and is refused there without taking its cxid,
     * it may yet take it in its new place. A session that was opened in an earlier place is open.
     */
    private void handInAgain(Submission submission) {
        if (submission.isNumbered()) {
            submissions.renumber(submission, ++lastNumber);
        }
        handIn(submission);
    }

    /** There is a leader to hand in to, a new one or the same by a new link. */
    void leaderFound() {
        handedInAll = true;
        for (Submission submission : submissions.all()) {
            ServerReply recorded =
                    submission.isNumbered() ? context.state.recordedReply(submission.session, submission.cxid) : null;
            if (recorded != null) {
                submissions.remove(submission.number);
                answer(submission, recorded);
            } else {
                handInAgain(submission);
            }
        }
    }

    /** The leader is lost: what cannot be handed in again may or may not have got its place. */
    void leaderLost() {
        handedInAll = submissions.size() == 0;
        for (Submission submission : submissions.removeIf(s -> s.wasEverHandedIn() && !s.repeatable)) {
            refuse(
                    submission.handle,
                    ErrorCode.OUTCOME_UNKNOWN,
                    "the leader was lost while this write was under way;" + " it may have been applied");
        }
        submissions.all().forEach(Submission::leaderLost);
    }

    /** After each drain: what waited for this leader to have applied its initial history goes in. */
    void endOfDrain() {
        if (!deskIsOpen()) {
            return;
        }
        if (!handedInAll) {
            handedInAll = true;
            submissions.all().stream().filter(s -> !s.handedIn).forEach(this::handIn);
        }
    }

    /**
     * Hands in again what there was no room for. What no leader was given for so long is refused: another peer may have
     * one.
     */
    void tick() {
        if (refusedForNow && (context.isFollowing() || deskIsOpen())) {
            refusedForNow = false;
            submissions.all().stream().filter(s -> !s.handedIn).forEach(this::handInAgain);
        }
        if (handedInAll) {
            return;
        }
        long before = context.tick - context.config.bounds().readWaitTicks();
        for (Submission submission : submissions.removeIf(s -> !s.wasEverHandedIn() && s.takenAtTick <= before)) {
            refuse(
                    submission.handle,
                    ErrorCode.NOT_SERVING,
                    "this peer is not part of a quorum now; nothing was" + " applied, try another peer");
        }
    }

    /** Nobody would have its reply; only what is numbered is carried on, for whoever sends it again. */
    void connectionClosed(long connection) {
        submissions.removeUnnumbered(connection);
        if (!handedInAll) {
            submissions.removeIf(s -> !s.wasEverHandedIn() && s.connection == connection);
        }
    }

    /** At the origin: the leader gave it no place. */
    void refused(long number, ErrorCode code, long expected, String message) {
        Submission submission = submissions.get(number);
        if (submission == null) {
            return;
        }
        boolean forNow = code == ErrorCode.TOO_BUSY || code == ErrorCode.DISK_FULL;
        if (forNow && submission.wasHandedInAgain()) {
            noRoomAgain(submission, code);
        } else {
            submissions.remove(number);
            context.output.reply(
                    submission.handle,
                    new Refused(
                            context.state.applied(),
                            code,
                            null,
                            message,
                            null,
                            code == ErrorCode.GAP ? expected : null,
                            null,
                            null));
        }
    }

    /**
     * It may have a place by an earlier leader or link, so its client cannot be told that nothing was taken: for a while
     * it is handed in with each tick, in which what has a place is executed.
     */
    private void noRoomAgain(Submission submission, ErrorCode code) {
        if (submission.withoutRoomSinceTick < 0) {
            submission.withoutRoomSinceTick = context.tick;
        }
        if (context.tick - submission.withoutRoomSinceTick
                < context.config.bounds().readWaitTicks()) {
            submission.handedIn = false;
            refusedForNow = true;
        } else {
            submissions.remove(submission.number);
            refuse(
                    submission.handle,
                    code,
                    "the leader has no room for it now, and may have taken it before: send it again, a write under its"
                            + " number");
        }
    }

    /** A transaction was executed: whoever waits here for it is answered. */
    void executed(Applied applied) {
        Transaction transaction = applied.transaction();
        if (transaction == null) {
            return; // an entry nobody can read was refused; there is no origin to answer
        }
        Transaction.Origin origin = transaction.origin();
        boolean ours = origin.peer().equals(context.config.ensemble().self())
                && origin.incarnation() == context.config.incarnation();
        Submission submission = ours ? submissions.remove(origin.number()) : null;
        if (submission != null) {
            answer(submission, applied.reply());
        }
        WriteStamp stamp = transaction.body().stamp();
        if (stamp != null) {
            answerCopies(stamp, applied);
        }
    }

    /**
     * The same write may have come in at another peer before its session moved here, twice here, or have been handed in
     * again. Once it has taken its cxid, or closed its session, all of them have their answer; if it was refused without
     * taking it, each copy has the place of its own to wait for.
     */
    private void answerCopies(WriteStamp stamp, Applied applied) {
        List<Submission> copies = submissions.of(stamp.session(), stamp.cxid());
        if (copies.isEmpty()) {
            return; // nearly always: the recorded reply need not be read back
        }
        ServerReply recorded = context.state.recordedReply(stamp.session(), stamp.cxid());
        if (recorded == null && applied.ended() == null) {
            return;
        }
        for (Submission copy : copies) {
            submissions.remove(copy.number);
            context.output.reply(copy.handle, recorded != null ? recorded : applied.reply());
        }
    }

    private void answer(Submission submission, ServerReply reply) {
        if (reply instanceof ServerReply.SessionOpened opened) {
            attach(submission, opened);
            context.output.reply(
                    submission.handle,
                    new ServerReply.SessionOpened(
                            opened.zxid(),
                            opened.session(),
                            submission.password,
                            opened.timeoutMillis(),
                            opened.lastCxid(),
                            opened.windowMax()));
        } else {
            context.output.reply(submission.handle, reply);
        }
    }

    private void attach(Submission submission, ServerReply.SessionOpened opened) {
        Long before = attachments.attach(
                opened.session(), submission.connection, opened.zxid().value());
        if (before != null) {
            context.output.closeConnection(
                    before, "session " + opened.session() + " was attached on another connection");
        }
    }

    private void refuse(ReplyHandle handle, ErrorCode code, String message) {
        context.output.reply(handle, Refused.of(context.state.applied(), code, message));
    }

    private static byte[] sha256(byte[] password) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(password);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
