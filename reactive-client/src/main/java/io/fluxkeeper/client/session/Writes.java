package io.fluxkeeper.client.session;

import io.fluxkeeper.client.BadRequestException;
import io.fluxkeeper.client.OutcomeUnknownException;
import io.fluxkeeper.client.SessionExpiredException;
import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;

/**
 * The session's writes, exactly once and in order. A write gets its number when its request is handed to the
 * connection, here and nowhere else; from then on the number is its own, and it is sent again under it until it is
 * answered: after a re-attach, after a gap, after a peer that was too busy. Touched by the client's loop only.
 */
final class Writes {
    private static final Logger LOG = LoggerFactory.getLogger(Writes.class);

    /** Numbers of the window that writes leave free, so that the session can always be closed. */
    private static final int WINDOW_RESERVE = 1;

    private static final long NONE = Long.MAX_VALUE;

    private final Host host;
    private final Backoff backoff;

    /** Without a number yet, in order of their calls; bounded by {@code pendingWritesMax}. */
    private final Chain waiting = new Chain();

    /**
     * With a number, ascending, from the first unanswered one on; those answered behind it stay until it is. Bounded by
     * the session's window.
     */
    private final ArrayDeque<Write<?>> numbered = new ArrayDeque<>();

    /** Sent without a number, by a client without a session; bounded by {@code pendingWritesMax}. */
    private final Chain unnumbered = new Chain();

    private int windowMax = 1;
    private long lastCxid;

    /** From which number on to send again when {@link #retry} fires; {@link #NONE} when nothing is due. */
    private long resendFrom = NONE;

    /** The highest gap that was filled at once on this connection: each is, but once. */
    private long gapFilled;

    private @Nullable Disposable retry;

    Writes(Host host) {
        this.host = host;
        this.backoff = host.newBackoff();
    }

    /** The last number handed out; 0 for none. */
    long lastCxid() {
        return lastCxid;
    }

    /** Every reply up to this number has been received. */
    private long acked() {
        Write<?> first = numbered.peekFirst();
        return first == null ? lastCxid : first.cxid - 1;
    }

    /** A new connection knows nothing of what was sent on others: all that is unanswered goes again, in order. */
    void attached(int sessionWindowMax) {
        windowMax = sessionWindowMax;
        gapFilled = 0;
        backoff.reset();
        resend(0);
    }

    void detached() {
        clearRetry();
    }

    void forEach(Consumer<Operation<?>> action) {
        waiting.forEach(action);
        unnumbered.forEach(action);
        List.copyOf(numbered).forEach(action);
    }

    /** Ends all of them: those without a number were not applied, of the others nobody knows. */
    void failAll(Supplier<Throwable> notApplied) {
        clearRetry();
        forEach(operation -> ((Write<?>) operation).end(notApplied.get()));
        numbered.clear();
    }

    /** Numbers and sends what waits, as far as the window allows. */
    void pump() {
        Link link = host.link();
        if (link == null || resendFrom != NONE) {
            return;
        }
        Write<?> write = (Write<?>) waiting.first();
        while (write != null && hasRoomFor(write)) {
            Chain.remove(write);
            if (write.isCancelled()) {
                host.freePlace(write); // the task of its cancelling stands behind this one
            } else {
                number(write);
                sendFirst(write, link);
            }
            write = (Write<?>) waiting.first();
        }
    }

    /** What is too long to be sent has never been sent: its number is free for the next. */
    private void sendFirst(Write<?> write, Link link) {
        try {
            write.sendOn(link);
        } catch (OutOfMemoryError noRoom) {
            notSent(write, noRoom);
        } catch (BadRequestException tooLong) {
            if (write.cxid != 0) {
                numbered.removeLast();
                lastCxid--;
            }
            Chain.remove(write);
            host.freePlace(write);
            write.answered = true;
            write.fail(tooLong);
        }
    }

    /** Nobody knows how much of it has left: with a number it goes again. */
    private void notSent(Write<?> write, OutOfMemoryError noRoom) {
        if (write.cxid == 0) {
            Chain.remove(write);
            host.freePlace(write);
            write.fail(new OutcomeUnknownException(0, "there was no memory to send it", noRoom));
        } else {
            write.lastFailure = noRoom;
            resendLater(write.cxid);
        }
    }

    /** Without a session there is no number to give. */
    private void number(Write<?> write) {
        if (host.session() == null) {
            unnumbered.addLast(write);
        } else {
            write.cxid = ++lastCxid;
            numbered.addLast(write);
            host.freePlace(write);
        }
    }

    private boolean hasRoomFor(Write<?> write) {
        int reserve = write.route == Routes.SESSION_CLOSE ? 0 : WINDOW_RESERVE;
        return host.session() == null || numbered.size() < Math.max(1, windowMax - reserve);
    }

    private void resend(long fromCxid) {
        clearRetry();
        Link link = host.link();
        if (link == null) {
            return;
        }
        for (Write<?> write : numbered) {
            if (!write.answered && write.cxid >= fromCxid && !sendAgain(write, link)) {
                return;
            }
        }
        pump();
    }

    /** @return false when there was no memory for it: it goes later, and with it all behind it */
    private boolean sendAgain(Write<?> write, Link link) {
        try {
            write.sendOn(link);
            return true;
        } catch (OutOfMemoryError noRoom) {
            notSent(write, noRoom);
            return false;
        }
    }

    private void resendLater(long fromCxid) {
        resendFrom = Math.min(resendFrom, fromCxid);
        if (retry == null) {
            retry = host.loop().after(backoff.next(), () -> resend(resendFrom));
        }
    }

    private void clearRetry() {
        resendFrom = NONE;
        if (retry != null) {
            retry.dispose();
            retry = null;
        }
    }

    /**
     * A write before this one has not arrived. It goes again at once, with all behind it, but once for each expected
     * number on a connection: every write behind the gap is refused with the same words.
     */
    private void onGap(Write<?> write, @Nullable Long expected) {
        Write<?> first = numbered.peekFirst();
        long from = expected == null || first == null ? write.cxid : Math.max(expected, first.cxid);
        if (expected != null && from > expected) {
            LOG.warn("{}: {} is expected although it was answered", host.session(), expected);
            resendLater(from);
        } else if (resendFrom != NONE || from <= gapFilled) {
            resendLater(from);
        } else {
            gapFilled = from;
            resend(from);
        }
    }

    private void forgetAnswered() {
        Write<?> first = numbered.peekFirst();
        while (first != null && first.answered) {
            numbered.pollFirst();
            first = numbered.peekFirst();
        }
    }

    /** One write. */
    final class Write<R extends ServerReply> extends Operation<R> {
        private final Function<@Nullable WriteStamp, ? extends ClientRequest> request;

        /** Its number in the session; 0 for none yet. */
        private long cxid;

        private boolean answered;

        Write(
                Routes.Route<?, R> route,
                Function<@Nullable WriteStamp, ? extends ClientRequest> request,
                CoreSubscriber<? super R> actual) {
            super(route, actual);
            this.request = request;
        }

        @Override
        void accepted() {
            waiting.addLast(this);
            pump();
        }

        private void sendOn(Link link) {
            SessionId session = host.session();
            WriteStamp stamp = session == null || cxid == 0 ? null : new WriteStamp(session, cxid, acked());
            exchange = link.request(route, request.apply(stamp), ++attempt, this);
        }

        @Override
        public void onReply(R reply, int answeredAttempt) {
            if (answered) {
                return; // a second sending of it was answered too, with the recorded reply
            }
            host.seen(reply.zxid());
            settle();
            succeed(reply);
        }

        @Override
        public void onRefused(ServerReply.Refused refused, int refusedAttempt) {
            host.seen(refused.zxid());
            ErrorCode code = refused.code();
            boolean takesItsNumber = isFinal(code);
            if (answered || !takesItsNumber && refusedAttempt != attempt) {
                return; // it has been sent again since
            }
            if (takesItsNumber) {
                settle();
                fail(Refusals.exceptionOf(refused, cxid));
                return;
            }
            lastFailure = Refusals.exceptionOf(refused, cxid);
            if (code == ErrorCode.SESSION_EXPIRED && attempt == 1) {
                answered = true;
                fail(new SessionExpiredException(host.session())); // sent once, refused once: certain
            }
            if (host.movedOnAfter(refused)) {
                waitAgainIfUnnumbered();
            } else if (cxid == 0) {
                waitAgainIfUnnumbered();
                resendLater(0);
            } else if (code == ErrorCode.GAP) {
                onGap(this, refused.expected());
            } else {
                resendLater(cxid);
            }
        }

        /** A numbered write goes again when the session is attached; what has no number may have been applied. */
        @Override
        public void onLost(Throwable cause, int lostAttempt) {
            if (cxid == 0 && chain == unnumbered) {
                Chain.remove(this);
                host.freePlace(this);
                fail(new OutcomeUnknownException(0, "the connection was lost before it was answered", cause));
            }
        }

        private boolean isFinal(ErrorCode code) {
            return switch (code.next()) {
                case NOT_APPLIED, OUTCOME_UNKNOWN -> true;
                case BAD_REQUEST -> code != ErrorCode.UNKNOWN_SESSION;
                case RETRY_LATER, RETRY_ELSEWHERE, SESSION_OVER -> false;
            };
        }

        /** Whoever was told that the outcome is unknown may act on what it then reads: it is not sent again behind its back. */
        private void waitAgainIfUnnumbered() {
            if (chain == unnumbered) {
                Chain.remove(this);
                if (isOver()) {
                    host.freePlace(this);
                } else {
                    waiting.addLast(this);
                }
            }
        }

        private void settle() {
            answered = true;
            Chain.remove(this);
            host.freePlace(this);
            host.progress();
            backoff.reset();
            forgetAnswered();
            pump();
        }

        /** With a number it goes on without its caller; without one it is as if it had never been. */
        @Override
        void cancelled() {
            host.loop().execute(() -> {
                if (chain == waiting) {
                    Chain.remove(this);
                    host.freePlace(this);
                }
            });
        }

        @Override
        void timedOut() {
            deadlineNanos = Long.MAX_VALUE;
            if (chain == waiting) {
                end(notAnswered());
            } else if (!answered) {
                fail(new OutcomeUnknownException(cxid, "it was not answered in time", lastFailure));
            }
        }

        private void end(Throwable notApplied) {
            boolean sent = chain != waiting;
            Chain.remove(this);
            host.freePlace(this);
            if (!answered) {
                fail(sent ? new OutcomeUnknownException(cxid, "the session ended first", notApplied) : notApplied);
            }
        }
    }
}
