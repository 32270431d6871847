package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ClientRequest.ReadRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAnswered;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAsked;
import io.fluxkeeper.core.replica.WaitingReads.WaitingRead;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads at this peer. One that the state is fresh enough for is answered at once; others wait, with a bound on their
 * number and on their time. A linearizable one, and a sync is one that shows nothing, asks the leader for a read index
 * first (architecture, decision 13).
 */
final class ReadDesk {
    /** A linearizable read whose read index is not known yet. */
    private record Asked(long connection, ReplyHandle handle, ReadRequest request, long deadlineTick) {}

    /** At a leader: whom to tell. @param from null for a read of a client of this peer */
    private record Asker(@Nullable PeerId from, long link, long token) {}

    private final ReplicaContext context;
    private final PinnedListings pins;
    private final WaitingReads waiting = new WaitingReads();
    private final Map<Long, Asked> asked = new LinkedHashMap<>();
    private final Map<Long, Asker> askers = new LinkedHashMap<>();

    /** At a leader: what is to be done once a quorum has confirmed that it still led when it was asked. */
    private final Map<Long, Runnable> proofs = new HashMap<>();

    private long lastToken;

    ReadDesk(ReplicaContext context) {
        this.context = context;
        this.pins = new PinnedListings(context);
    }

    int size() {
        return waiting.size() + asked.size();
    }

    /** Listings that are pinned here. */
    PinnedListings pins() {
        return pins;
    }

    void unpin(long connection, ReplyHandle handle, long pin) {
        pins.unpin(connection, pin);
        context.output.reply(handle, new ServerReply.Unpinned(context.state.applied()));
    }

    void read(long connection, ReplyHandle handle, ReadRequest request) {
        if (request.stamp().linearizable() || request instanceof ClientRequest.Sync) {
            askFirst(connection, handle, request);
            return;
        }
        if (!context.mayRead()) {
            refuse(handle, ErrorCode.NOT_SERVING, "this peer is not part of a quorum now; try another peer");
            return;
        }
        Zxid atLeast =
                request.stamp().atLeast() == null ? Zxid.ZERO : request.stamp().atLeast();
        if (WaitingReads.isFresh(context.state, request.stamp(), atLeast)) {
            answer(connection, handle, request);
        } else {
            await(connection, handle, request, atLeast, deadline());
        }
    }

    /** The state moved on. */
    void applied() {
        if (waiting.size() > 0) {
            waiting.applied(context.state, this::answer);
        }
    }

    /** A write of that session was executed, or the session ended. */
    void executed(SessionId session) {
        if (waiting.size() > 0) {
            waiting.executed(session, context.state, this::answer);
        }
    }

    void stateReplaced() {
        pins.stateReplaced();
        waiting.stateReplaced(context.state, this::answer);
    }

    void tick() {
        pins.tick();
        waiting.expire(context.tick, read -> late(read.handle));
        while (!asked.isEmpty()) {
            Map.Entry<Long, Asked> oldest = asked.entrySet().iterator().next();
            if (oldest.getValue().deadlineTick() > context.tick) {
                break;
            }
            asked.remove(oldest.getKey());
            late(oldest.getValue().handle());
        }
    }

    /** There is a leader to ask, a new one or the same by a new link. */
    void leaderFound() {
        for (Map.Entry<Long, Asked> entry : List.copyOf(asked.entrySet())) {
            ask(entry.getKey());
        }
    }

    /** What others asked of this leader is void: they ask the next one. */
    void leaderLost() {
        askers.clear();
        proofs.clear();
    }

    /** At the leader: a follower asks. */
    void asked(PeerId from, long link, ReadIndexAsked message) {
        long token = ++lastToken;
        askers.put(token, new Asker(from, link, message.token()));
        context.broadcast.requestReadIndex(token, context.effects);
    }

    /** At the leader: does it once a quorum has confirmed that no other leader came before now; never if one did. */
    void whenProven(Runnable then) {
        long token = ++lastToken;
        proofs.put(token, then);
        context.broadcast.requestReadIndex(token, context.effects);
    }

    /** At a leader: a quorum has confirmed the index. */
    void indexReady(long token, Zxid zxid) {
        Runnable proven = proofs.remove(token);
        if (proven != null) {
            proven.run();
            return;
        }
        Asker asker = askers.remove(token);
        if (asker == null) {
            return; // leadership was lost and won again meanwhile
        }
        if (asker.from() == null) {
            answered(asker.token(), zxid);
        } else {
            context.output.tell(
                    asker.from(), asker.link(), new ReadIndexAnswered(context.status.epoch(), asker.token(), zxid));
        }
    }

    /** At the asker: everything committed when it asked has this zxid or a lower one. */
    void answered(long token, Zxid zxid) {
        Asked read = asked.remove(token);
        if (read == null) {
            return; // it came too late
        }
        Zxid seen = read.request().stamp().atLeast();
        Zxid atLeast = seen == null ? zxid : Zxid.max(zxid, seen);
        if (WaitingReads.isFresh(context.state, read.request().stamp(), atLeast)) {
            answer(read.connection(), read.handle(), read.request());
        } else {
            await(read.connection(), read.handle(), read.request(), atLeast, read.deadlineTick());
        }
    }

    private void askFirst(long connection, ReplyHandle handle, ReadRequest request) {
        if (size() >= context.config.bounds().waitingReadsMax()) {
            tooBusy(handle);
            return;
        }
        long token = ++lastToken;
        asked.put(token, new Asked(connection, handle, request, deadline()));
        ask(token);
    }

    private void ask(long token) {
        if (context.isLeading()) {
            long own = ++lastToken;
            askers.put(own, new Asker(null, 0, token));
            context.broadcast.requestReadIndex(own, context.effects);
        } else if (context.isFollowing()) {
            context.tellLeader(new ReadIndexAsked(context.status.epoch(), token));
        }
    }

    private long deadline() {
        return context.tick + context.config.bounds().readWaitTicks();
    }

    private void await(long connection, ReplyHandle handle, ReadRequest request, Zxid atLeast, long deadlineTick) {
        if (size() >= context.config.bounds().waitingReadsMax()) {
            tooBusy(handle);
            return;
        }
        waiting.add(new WaitingRead(connection, handle, request, atLeast, deadlineTick), context.state);
    }

    private void answer(WaitingRead read) {
        answer(read.connection, read.handle, read.request);
    }

    private void answer(long connection, ReplyHandle handle, ReadRequest request) {
        if (request instanceof ClientRequest.Children children) {
            Long pin = children.pin();
            if (pin != null) {
                context.output.reply(handle, pins.page(connection, children, pin));
                return;
            }
        }
        ServerReply reply = context.state.read(request, context.config.bounds().replyBytesMax());
        context.output.reply(handle, reply == null ? new ServerReply.Synced(context.state.applied()) : reply);
    }

    private void late(ReplyHandle handle) {
        refuse(
                handle,
                ErrorCode.READ_TIMEOUT,
                "this peer did not catch up in time (it is at " + context.state.applied() + "); try another peer");
    }

    private void tooBusy(ReplyHandle handle) {
        refuse(
                handle,
                ErrorCode.TOO_BUSY,
                "this peer has as many reads waiting as it may (" + size() + "); try again later");
    }

    private void refuse(ReplyHandle handle, ErrorCode code, String message) {
        context.output.reply(handle, Refused.of(context.state.applied(), code, message));
    }
}
