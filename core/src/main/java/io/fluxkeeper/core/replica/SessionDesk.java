package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.replica.Attachments.Attachment;
import io.fluxkeeper.core.replica.ReplicaMessage.Touches;
import io.fluxkeeper.core.replica.ReplicaMessage.TouchesCounted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sessions alive and ends those nobody hears of. A heartbeat is answered after the leader has counted it and a
 * quorum has confirmed since that it still leads: any later leader starts the session's full timeout after that, so the
 * client's lease is never longer than the ensemble's (architecture, decision 12). The expiry of that session may have been
 * on its way when the heartbeat came: the answer waits until this peer has executed all that the leader had logged when it
 * counted, and says which of the two it was.
 */
final class SessionDesk {
    /** @param sequence of the touches that carry it; 0 until they are sent */
    private record Heartbeat(ReplyHandle handle, SessionId session, long sequence, long takenAtTick) {
        Heartbeat with(long newSequence) {
            return new Heartbeat(handle, session, newSequence, takenAtTick);
        }
    }

    /** @param upTo what has to be executed here before it is answered */
    private record Counted(Heartbeat heartbeat, Zxid upTo) {}

    private final ReplicaContext context;
    private final Attachments attachments;
    private final LeaderDesk leaderDesk;
    private final ReadDesk reads;
    private final SessionExpiry expiry = new SessionExpiry();
    /** Not counted by the leader, in the order in which they came; as many as requests may be outstanding. */
    private ArrayDeque<Heartbeat> heartbeats = new ArrayDeque<>();

    /** Came before all of {@link #heartbeats}. */
    private final ArrayDeque<Counted> counted = new ArrayDeque<>();

    private long lastSequence;

    /** Whether a tick has passed since silent sessions were last looked for. */
    private boolean ticked;

    SessionDesk(ReplicaContext context, Attachments attachments, LeaderDesk leaderDesk, ReadDesk reads) {
        this.context = context;
        this.attachments = attachments;
        this.leaderDesk = leaderDesk;
        this.reads = reads;
    }

    /** Every request of an attached session says that its client lives. */
    void touch(Attachment attachment) {
        if (context.isLeading()) {
            expiry.touch(attachment.session, context.tick);
        } else {
            attachments.touch(attachment, context.tick);
        }
    }

    void heartbeat(ReplyHandle handle, SessionId session) {
        long sequence = context.isLeading() ? ++lastSequence : 0;
        heartbeats.add(new Heartbeat(handle, session, sequence, context.tick));
        if (sequence != 0) {
            countWhenProven(sequence);
        }
    }

    /** At a follower: tells the leader whom this peer has heard of. */
    void tick() {
        ticked = true;
        if (context.isFollowing()) {
            Set<SessionId> touched = attachments.takeTouched();
            if (!touched.isEmpty() || !heartbeats.isEmpty()) {
                lastSequence++;
                context.tellLeader(new Touches(context.status.epoch(), lastSequence, new ArrayList<>(touched)));
                stampHeartbeats();
            }
        }
        refuseLateHeartbeats();
    }

    /** At the leader: a session is silent only if nothing that waited when its time passed was a word of it. */
    void endOfDrain() {
        if (ticked && context.isLeading()) {
            expire();
        }
        ticked = false;
    }

    /** At the leader: a follower has heard of these. */
    void touched(PeerId from, long link, Touches touches) {
        for (SessionId session : touches.sessions()) {
            expiry.touch(session, context.tick);
        }
        TouchesCounted counted =
                new TouchesCounted(context.status.epoch(), touches.sequence(), context.broadcast.lastLogged());
        reads.whenProven(() -> context.output.tell(from, link, counted));
    }

    /** At the leader: of its own clients, a heartbeat is counted as soon as it is there. */
    private void countWhenProven(long sequence) {
        Zxid upTo = context.broadcast.lastLogged();
        reads.whenProven(() -> counted(sequence, upTo));
    }

    /** The leader has counted them, and had logged so much by then. */
    void counted(long sequence, Zxid upTo) {
        while (!heartbeats.isEmpty()
                && heartbeats.peek().sequence() != 0
                && heartbeats.peek().sequence() <= sequence) {
            counted.add(new Counted(heartbeats.poll(), upTo));
        }
        answerCounted();
    }

    private void answerCounted() {
        Zxid applied = context.state.applied();
        while (!counted.isEmpty() && !counted.peek().upTo().isAfter(applied)) {
            Heartbeat heartbeat = counted.poll().heartbeat();
            boolean over = context.state.session(heartbeat.session()) == null;
            ServerReply reply = over
                    ? FrontDesk.sessionIsOver(applied, heartbeat.session())
                    : new ServerReply.HeartbeatCounted(applied);
            context.output.reply(heartbeat.handle(), reply);
        }
    }

    /** This peer leads now: every session starts with its full timeout. */
    void leading() {
        expiry.clear();
        for (StateMachine.SessionView session : context.state.sessions()) {
            expiry.start(session.id(), ticks(session.timeoutMillis()), context.tick);
        }
        if (!heartbeats.isEmpty()) {
            long sequence = ++lastSequence;
            stampHeartbeats();
            countWhenProven(sequence);
        }
    }

    /** There is another leader, or none: what the last one was told and did not confirm is told again. */
    void leaderLost() {
        expiry.clear();
        ArrayDeque<Heartbeat> again = new ArrayDeque<>();
        counted.forEach(each -> again.add(each.heartbeat().with(0)));
        counted.clear();
        heartbeats.forEach(heartbeat -> again.add(heartbeat.with(0)));
        heartbeats = again;
        for (Attachment attachment : attachments.all()) {
            attachments.touch(attachment, context.tick);
        }
    }

    /** A transaction was executed. */
    void executed(Applied applied) {
        SessionId attached = applied.attached();
        if (attached != null) {
            attached(attached, applied);
        }
        SessionId ended = applied.ended();
        if (ended != null) {
            attachments.detach(ended);
            expiry.end(ended);
            leaderDesk.sessionEnded(ended);
        }
        answerCounted();
    }

    /** The state was replaced: what was attached here and has moved on or ended meanwhile is not here any more. */
    void stateReplaced() {
        for (Attachment attachment : attachments.all()) {
            StateMachine.SessionView session = context.state.session(attachment.session);
            if (session == null || session.generation() != attachment.generation) {
                moved(attachment.session);
            }
        }
        answerCounted();
    }

    private void attached(SessionId session, Applied applied) {
        StateMachine.SessionView view = context.state.session(session);
        if (view != null && context.isLeading()) {
            expiry.start(session, ticks(view.timeoutMillis()), context.tick);
        }
        Attachment here = attachments.find(session);
        if (here == null || applied.transaction() == null) {
            return;
        }
        Transaction.Origin origin = applied.transaction().origin();
        boolean ours = origin.peer().equals(context.config.ensemble().self())
                && origin.incarnation() == context.config.incarnation();
        if (!ours) {
            moved(session);
        } else if (here.generation != applied.reply().zxid().value()) {
            // another copy of an attachment that was handed in twice: the same connection, a newer generation
            attachments.attach(session, here.connection, applied.reply().zxid().value());
        }
    }

    private void moved(SessionId session) {
        Long connection = attachments.detach(session);
        if (connection != null) {
            context.output.closeConnection(connection, "session " + session + " is attached elsewhere by now");
        }
    }

    private void expire() {
        if (!leaderDesk.isOpen(context.state)) {
            return;
        }
        for (SessionId session : expiry.due(context.tick, context.broadcast.quorumHeardTick())) {
            StateMachine.SessionView view = context.state.session(session);
            if (view != null) {
                if (proposeEnd(view) == null) {
                    return; // no room now: it and those behind it are due with the next tick too
                }
                expiry.touch(session, context.tick);
            }
        }
    }

    private @Nullable Zxid proposeEnd(StateMachine.SessionView session) {
        Transaction.Origin origin =
                new Transaction.Origin(context.config.ensemble().self(), context.config.incarnation(), 0);
        byte[] payload = TransactionCodec.encode(
                new Transaction(0, origin, new Transaction.ExpireSession(session.id(), session.generation())));
        return leaderDesk.propose(payload, context.nowMillis, context.state, context.effects);
    }

    private void stampHeartbeats() {
        ArrayDeque<Heartbeat> stamped = new ArrayDeque<>();
        for (Heartbeat heartbeat : heartbeats) {
            stamped.add(heartbeat.sequence() != 0 ? heartbeat : heartbeat.with(lastSequence));
        }
        heartbeats = stamped;
    }

    /** A client whose heartbeats are not confirmed is better off at another peer. */
    private void refuseLateHeartbeats() {
        long before = context.tick - context.config.bounds().readWaitTicks();
        while (!counted.isEmpty() && counted.peek().heartbeat().takenAtTick() <= before) {
            refuseLate(counted.poll().heartbeat());
        }
        while (!heartbeats.isEmpty() && heartbeats.peek().takenAtTick() <= before) {
            refuseLate(heartbeats.poll());
        }
    }

    private void refuseLate(Heartbeat heartbeat) {
        context.output.reply(
                heartbeat.handle(),
                Refused.of(
                        context.state.applied(),
                        ErrorCode.NOT_SERVING,
                        "this peer reaches no leader now; try another peer"));
    }

    private long ticks(int millis) {
        return Math.max(1, (millis + context.config.tickMillis() - 1L) / context.config.tickMillis());
    }
}
