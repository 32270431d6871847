package io.fluxkeeper.client;

import java.time.Duration;

/**
 * How a client stands with the ensemble.
 *
 * <p><b>Whose clock.</b> The service counts a session's timeout from when its leader took in the last heartbeat, in ticks
 * that a paused leader counts as fewer, never as more; a new leader begins it anew. The client counts the same timeout
 * from when it <em>sent</em> the last heartbeat that was confirmed, which was earlier. So as long as both clocks run
 * equally fast, the client's time is over before the service may end the session: no lock is held by two. Only
 * durations are compared, never times of day. The client's clock is {@link System#nanoTime}, which nobody can set.
 *
 * <p><b>What that does not cover.</b> Clocks that differ in rate (a hundred parts in a million are a millisecond in ten
 * seconds: leave a margin), a machine or a virtual machine that is put to sleep, whose {@code nanoTime} stands still
 * meanwhile, and the moment between looking at the time left and acting on it, in which a process may be paused for
 * long. Where that must not do harm either, send the zxid with which a lock was taken along with what is done under it,
 * and let the receiver refuse what comes from an older one.
 */
public sealed interface SessionState {
    /** Whether no other state follows. */
    default boolean isLast() {
        return false;
    }

    /** For the first time connected, the session open. */
    record Connected() implements SessionState {}

    /**
     * In jeopardy: without a peer that confirms the session. Calls wait; its ephemeral znodes are certainly there until
     * the time left is over. Then this state comes once more, with nothing left: from there on the service may end the
     * session at any moment, and who holds a lock must have stopped acting on it.
     *
     * @param leaseLeft how long the session certainly lives on, counted when this state was handed to its subscriber;
     *     zero when that is over, and for a client without a session. {@link FluxkeeperClient#leaseLeft} counts on
     */
    record Suspended(Duration leaseLeft) implements SessionState {}

    /** With a peer again, in the same session: its ephemeral znodes are still there, nothing was lost. */
    record ReAttached() implements SessionState {}

    /** The service ended the session. This client is over; connect a new one. */
    record Expired() implements SessionState {
        @Override
        public boolean isLast() {
            return true;
        }
    }

    /** Closed by its user. */
    record Closed() implements SessionState {
        @Override
        public boolean isLast() {
            return true;
        }
    }
}
