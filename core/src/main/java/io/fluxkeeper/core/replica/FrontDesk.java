package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.Attachments.Attachment;
import io.fluxkeeper.core.replica.ReplicaInput.Requested;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where clients' requests come in: checks what every request must meet and brings each to its desk. */
final class FrontDesk {
    private static final String SHUTTING_DOWN = "this peer is shutting down; try another peer";

    private final ReplicaContext context;
    private final Attachments attachments;
    private final WriteDesk writes;
    private final ReadDesk reads;
    private final SessionDesk sessions;
    private final Supplier<ServerReply> status;

    FrontDesk(
            ReplicaContext context,
            Attachments attachments,
            WriteDesk writes,
            ReadDesk reads,
            SessionDesk sessions,
            Supplier<ServerReply> status) {
        this.context = context;
        this.attachments = attachments;
        this.writes = writes;
        this.reads = reads;
        this.sessions = sessions;
        this.status = status;
    }

    /** Any request but a watch, which is a stream. */
    void requested(Requested requested) {
        ClientRequest request = requested.request();
        if (request instanceof ClientRequest.WriteRequest write) {
            writeRequested(requested, write);
        } else if (context.shuttingDown) {
            refuse(requested.handle(), ErrorCode.SHUTTING_DOWN, SHUTTING_DOWN);
        } else if (request instanceof ClientRequest.ReadRequest read) {
            SessionId session = read.stamp().session();
            if (session == null || attachedOrRefuse(requested.connection(), requested.handle(), session) != null) {
                reads.read(requested.connection(), requested.handle(), read);
            }
        } else if (request instanceof ClientRequest.Heartbeat heartbeat) {
            if (attachedOrRefuse(requested.connection(), requested.handle(), heartbeat.session()) != null) {
                sessions.heartbeat(requested.handle(), heartbeat.session());
            }
        } else if (request instanceof ClientRequest.Unpin unpin) {
            reads.unpin(requested.connection(), requested.handle(), unpin.pin());
        } else if (request instanceof ClientRequest.OpenSession open) {
            writes.open(requested, open);
        } else if (request instanceof ClientRequest.EnsembleStatus) {
            context.output.reply(requested.handle(), status.get());
        } else {
            refuse(requested.handle(), ErrorCode.BAD_ARGUMENTS, "a watch is a stream, not a single request");
        }
    }

    private void writeRequested(Requested requested, ClientRequest.WriteRequest request) {
        WriteStamp stamp = request.stamp();
        Attachment attachment =
                stamp == null ? null : attachedOrRefuse(requested.connection(), requested.handle(), stamp.session());
        boolean refused = stamp != null && attachment == null;
        if (refused || isAnswered(requested.handle(), stamp)) {
            return;
        }
        if (request instanceof ClientRequest.Create create) {
            writes.write(requested, stamp, attachment, false, List.of(create.operation()));
        } else if (request instanceof ClientRequest.SetData set) {
            writes.write(requested, stamp, attachment, false, List.of(set.operation()));
        } else if (request instanceof ClientRequest.Delete delete) {
            writes.write(requested, stamp, attachment, false, List.of(delete.operation()));
        } else if (request instanceof ClientRequest.Multi multi) {
            writes.write(requested, stamp, attachment, true, multi.operations());
        } else if (request instanceof ClientRequest.CloseSession close && attachment != null) {
            writes.close(requested, close, attachment);
        }
    }

    /** A numbered write that its connection could not accept: it keeps its number. */
    void invalidWrite(ReplicaInput.InvalidWrite invalid) {
        Attachment attachment = attachedOrRefuse(
                invalid.connection(), invalid.handle(), invalid.stamp().session());
        if (attachment != null && !isAnswered(invalid.handle(), invalid.stamp())) {
            writes.refuseForGood(invalid, attachment);
        }
    }

    /**
     * Whether a write is answered here and now: it was executed before, or this peer takes none. In that order, since what
     * was executed cannot be refused as not applied.
     */
    private boolean isAnswered(ReplyHandle handle, @Nullable WriteStamp stamp) {
        ServerReply recorded = stamp == null ? null : context.state.recordedReply(stamp.session(), stamp.cxid());
        if (recorded != null) {
            context.output.reply(handle, recorded);
        } else if (context.shuttingDown) {
            refuse(handle, ErrorCode.SHUTTING_DOWN, SHUTTING_DOWN);
        } else {
            return false;
        }
        return true;
    }

    /** A request may name only a session attached on its own connection. */
    private @Nullable Attachment attachedOrRefuse(long connection, ReplyHandle handle, SessionId session) {
        Attachment attachment = attachments.find(session);
        if (attachment != null && attachment.connection == connection) {
            sessions.touch(attachment);
            return attachment;
        }
        boolean couldBeKnown = session.value() <= context.state.applied().value();
        if (couldBeKnown && context.state.session(session) == null) {
            context.output.reply(handle, sessionIsOver(context.state.applied(), session));
        } else if (context.shuttingDown) {
            refuse(handle, ErrorCode.SHUTTING_DOWN, SHUTTING_DOWN);
        } else {
            refuse(
                    handle,
                    ErrorCode.UNKNOWN_SESSION,
                    "session " + session + " is not attached on this connection; attach it with session.open first");
        }
        return null;
    }

    static Refused sessionIsOver(Zxid applied, SessionId session) {
        return Refused.of(applied, ErrorCode.SESSION_EXPIRED, "session " + session + " is over; open a new one");
    }

    private void refuse(ReplyHandle handle, ErrorCode code, String message) {
        context.output.reply(handle, Refused.of(context.state.applied(), code, message));
    }
}
