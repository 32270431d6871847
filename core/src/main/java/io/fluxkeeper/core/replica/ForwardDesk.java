package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.replica.ReplicaMessage.ForwardedRequest;
import io.fluxkeeper.core.replica.ReplicaMessage.RequestRefused;
import java.util.ArrayDeque;

/**
 * At the leader: the requests that followers forward. Each gets its place, or its refusal goes back; what comes before
 * the leader has applied its initial history waits, and is given up with the leadership.
 */
final class ForwardDesk {
    private record Forwarded(PeerId from, long link, ForwardedRequest request) {}

    private static final LeaderDesk.Refusal TOO_MANY_WAIT = new LeaderDesk.Refusal(
            ErrorCode.TOO_BUSY,
            0,
            "the new leader has as many writes waiting as it may; nothing was taken, try again later");

    private final ReplicaContext context;
    private final LeaderDesk leaderDesk;
    private final ArrayDeque<Forwarded> early = new ArrayDeque<>();

    ForwardDesk(ReplicaContext context, LeaderDesk leaderDesk) {
        this.context = context;
        this.leaderDesk = leaderDesk;
    }

    void forwarded(PeerId from, long link, ForwardedRequest request) {
        Forwarded forwarded = new Forwarded(from, link, request);
        if (leaderDesk.isOpen(context.state) && early.isEmpty()) {
            submit(forwarded);
        } else if (early.size() < context.config.bounds().pendingWritesMax()) {
            early.add(forwarded);
        } else {
            tellRefused(forwarded, TOO_MANY_WAIT);
        }
    }

    /** After each drain: what waited goes in as soon as it may, before this peer's own. */
    void endOfDrain() {
        while (!early.isEmpty() && leaderDesk.isOpen(context.state)) {
            submit(early.remove());
        }
    }

    /** This peer leads no more: whoever forwarded these hands them to the next leader. */
    void clear() {
        early.clear();
    }

    private void submit(Forwarded forwarded) {
        ForwardedRequest request = forwarded.request;
        LeaderDesk.Refusal refusal = leaderDesk.submit(
                request.session(),
                request.generation(),
                request.cxid(),
                request.payload(),
                context.nowMillis,
                context.state,
                context.effects);
        if (refusal != null) {
            tellRefused(forwarded, refusal);
        }
    }

    private void tellRefused(Forwarded forwarded, LeaderDesk.Refusal refusal) {
        context.output.tell(
                forwarded.from,
                forwarded.link,
                new RequestRefused(
                        context.status.epoch(),
                        forwarded.request.number(),
                        refusal.code(),
                        refusal.expected(),
                        refusal.message()));
    }
}
