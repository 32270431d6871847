package io.fluxkeeper.client.session;

import io.fluxkeeper.client.ClientClosedException;
import io.fluxkeeper.client.ClientOptions;
import io.fluxkeeper.client.Freshness;
import io.fluxkeeper.client.NotReachableException;
import io.fluxkeeper.client.SessionExpiredException;
import io.fluxkeeper.client.SessionState;
import io.fluxkeeper.client.TooBusyException;
import io.fluxkeeper.client.connection.Addresses;
import io.fluxkeeper.client.connection.Backoff;
import io.fluxkeeper.client.connection.ClientLoop;
import io.fluxkeeper.client.connection.Connector;
import io.fluxkeeper.client.connection.Failures;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.NullableBytes;
import io.fluxkeeper.client.watch.WatchSubscription;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One client's session with the ensemble, from the first connection to its end. All state belongs to the client's loop;
 * {@link #read}, {@link #write}, {@link #states}, {@link #close} and the few others that say so are for any thread and
 * hand over to it through {@code inbox}.
 */
public final class ClientSession implements Host, Attaching.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

    /** Looks for calls whose time is over so many times in a {@code requestTimeout}, within the next two bounds. */
    private static final int SWEEPS_PER_TIMEOUT = 10;

    private static final Duration SWEEP_MIN = Duration.ofMillis(10);
    private static final Duration SWEEP_MAX = Duration.ofSeconds(1);

    private final ClientOptions options;
    private final ClientLoop loop;
    private final Random random;
    private final Connector connector;
    private final Attaching attaching;
    private final Heartbeats heartbeats;
    private final Writes writes;
    private final Reads reads;

    /** In order of entering, so that watches resume in the order they were made. */
    private final Set<WatchSubscription> watches = new LinkedHashSet<>();

    /** Calls on their way to the loop, from any thread; bounded by the two counts below. */
    private final Queue<Operation<?>> inbox = new ConcurrentLinkedQueue<>();

    private final AtomicInteger inboxArrivals = new AtomicInteger();

    /** Calls that hold a place: counted up by any caller, down by the loop. */
    private final AtomicInteger pendingWrites = new AtomicInteger();

    private final AtomicInteger pendingReads = new AtomicInteger();

    /** Emitted to on the loop only. */
    private final Sinks.Many<SessionState> states = Sinks.many().replay().latest();

    private final Sinks.Empty<Void> closed = Sinks.empty();

    private @Nullable Link link;
    private @Nullable SessionId session;
    private byte @Nullable [] password;

    /** Written on the loop, read by {@link #lastSeen} on any thread. */
    private volatile @Nullable Zxid atLeast;

    private @Nullable SessionState state;
    private @Nullable Disposable sweep;
    private @Nullable Disposable closeTimeout;
    private @Nullable Disposable leaseEnd;
    private @Nullable Opening opening;
    private boolean closing;

    private ClientSession(ClientOptions options, ClientLoop loop, Random random) {
        this.options = options;
        this.loop = loop;
        this.random = random;
        this.connector = new Connector(loop, options.connectTimeout(), options.keepAlive(), options.keepAliveTimeout());
        this.writes = new Writes(this);
        this.reads = new Reads(this, writes);
        this.heartbeats = new Heartbeats(this);
        Addresses addresses = new Addresses(options.addresses(), random);
        this.attaching = new Attaching(loop, connector, addresses, options, newBackoff(), this);
    }

    /** Opens a session of its own for every subscription; emits it on the loop, attached. */
    public static Mono<ClientSession> open(ClientOptions options, ClientLoop loop, Random random) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super ClientSession> actual) {
                ClientSession session = new ClientSession(options, loop, random);
                Opening opening = session.new Opening(actual);
                actual.onSubscribe(opening);
                loop.execute(() -> session.start(opening));
            }
        };
    }

    /** As the next, local. */
    public <R extends ServerReply> Mono<R> read(
            Routes.Route<?, R> route, Function<ReadStamp, ? extends ClientRequest> request) {
        return read(route, Freshness.local(), request);
    }

    /** A read that is asked until it is answered; cold, any thread. */
    public <R extends ServerReply> Mono<R> read(
            Routes.Route<?, R> route, Freshness freshness, Function<ReadStamp, ? extends ClientRequest> request) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super R> actual) {
                submit(
                        reads.new Read<R>(route, request, freshness, actual),
                        actual,
                        pendingReads,
                        options.pendingReadsMax());
            }
        };
    }

    /** A write, exactly once in a session, at most once without; cold, any thread. */
    public <R extends ServerReply> Mono<R> write(
            Routes.Route<?, R> route, Function<@Nullable WriteStamp, ? extends ClientRequest> request) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super R> actual) {
                submit(writes.new Write<R>(route, request, actual), actual, pendingWrites, options.pendingWritesMax());
            }
        };
    }

    /** The present state and each further one; a slow subscriber skips to the latest. Any thread. */
    public Flux<SessionState> states() {
        // the time left is what is left when its subscriber hears of it, not what was left when it was said
        return states.asFlux()
                .onBackpressureLatest()
                .map(each -> each instanceof SessionState.Suspended ? new SessionState.Suspended(leaseLeft()) : each);
    }

    /** The highest zxid in anything the service said to this client; {@link Zxid#ZERO} before it said anything. Any thread. */
    public Zxid lastSeen() {
        Zxid seen = atLeast;
        return seen == null ? Zxid.ZERO : seen;
    }

    /** How long the session certainly lives on, should nothing more be heard; zero when that is over. Any thread. */
    public Duration leaseLeft() {
        return heartbeats.leaseLeft();
    }

    /** Ends the session behind the writes made before; completes when it is over. Any thread. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            loop.execute(this::beginClose);
            return closed.asMono();
        });
    }

    public ClientOptions options() {
        return options;
    }

    @Override
    public ClientLoop loop() {
        return loop;
    }

    // ---- on the loop from here on ----

    private void start(Opening newOpening) {
        if (newOpening.isCancelled()) {
            return;
        }
        opening = newOpening;
        Duration timeout = options.requestTimeout();
        if (!timeout.isZero()) {
            newOpening.timeout = loop.after(timeout, this::notOpened);
            scheduleSweep(timeout);
        }
        attaching.start();
    }

    private void notOpened() {
        Throwable last = attaching.lastFailure();
        failOpening(new NotReachableException(
                "no peer of " + options.addresses() + (options.session() ? " opened a session" : " was reached")
                        + " within "
                        + options.requestTimeout().toMillis() + " ms"
                        + (last == null ? "" : "; the last: " + Failures.inWords(last)),
                last));
    }

    private void failOpening(Throwable why) {
        Opening failed = opening;
        if (failed != null) {
            opening = null;
            end(new SessionState.Closed());
            failed.over();
            failed.fail(why);
        }
    }

    private void submit(Operation<?> operation, CoreSubscriber<?> actual, AtomicInteger pending, int pendingMax) {
        actual.onSubscribe(operation);
        if (pending.incrementAndGet() > pendingMax) {
            pending.decrementAndGet();
            operation.fail(new TooBusyException(null, pendingMax + " calls are pending, the most that may be"));
            return;
        }
        operation.holdsPlace = true;
        inbox.add(operation);
        if (inboxArrivals.getAndIncrement() == 0) {
            loop.execute(this::drainInbox);
        }
    }

    private void drainInbox() {
        int handled = inboxArrivals.get();
        do {
            for (int i = 0; i < handled; i++) {
                Operation<?> operation = inbox.poll();
                if (operation != null) {
                    acceptOrFail(operation);
                }
            }
            handled = inboxArrivals.addAndGet(-handled);
        } while (handled != 0);
    }

    /** What goes wrong with one call is told to its caller; those behind it are handled all the same. */
    private void acceptOrFail(Operation<?> operation) {
        try {
            accept(operation);
        } catch (RuntimeException | Error unexpected) {
            LOG.error("a call of {} could not be handled", operation.route, unexpected);
            operation.fail(unexpected);
        }
    }

    private void accept(Operation<?> operation) {
        if (operation.isCancelled()) {
            freePlace(operation);
        } else if (closing || isOver()) {
            freePlace(operation);
            operation.fail(whyOver());
        } else {
            if (!options.requestTimeout().isZero()) {
                operation.deadlineNanos =
                        loop.nanos() + options.requestTimeout().toNanos();
            }
            operation.accepted();
        }
    }

    private void scheduleSweep(Duration timeout) {
        Duration interval = timeout.dividedBy(SWEEPS_PER_TIMEOUT);
        interval = interval.compareTo(SWEEP_MIN) < 0 ? SWEEP_MIN : interval;
        sweep = loop.after(interval.compareTo(SWEEP_MAX) > 0 ? SWEEP_MAX : interval, () -> {
            scheduleSweep(timeout);
            long now = loop.nanos();
            reads.forEach(operation -> timeOut(operation, now));
            writes.forEach(operation -> timeOut(operation, now));
        });
    }

    private static void timeOut(Operation<?> operation, long nowNanos) {
        if (operation.deadlineNanos != Long.MAX_VALUE && nowNanos - operation.deadlineNanos >= 0) {
            operation.timedOut();
        }
    }

    @Override
    public ClientRequest.@Nullable OpenSession openRequest() {
        return options.session()
                ? new ClientRequest.OpenSession(
                        (int) options.sessionTimeout().toMillis(), session, NullableBytes.of(password), atLeast)
                : null;
    }

    @Override
    public void onAttached(Link attached, ServerReply.@Nullable SessionOpened opened, long sentNanos) {
        link = attached;
        attached.whenClosed(() -> lost(attached));
        if (opened != null) {
            seen(opened.zxid());
            session = opened.session();
            password = opened.password();
            heartbeats.attached(attached, Duration.ofMillis(opened.timeoutMillis()), sentNanos);
        }
        enterState(state == null ? new SessionState.Connected() : new SessionState.ReAttached());
        writes.attached(opened == null ? Integer.MAX_VALUE : opened.windowMax());
        reads.attached();
        List.copyOf(watches).forEach(watch -> watch.attached(attached));
        Opening done = opening;
        if (done != null) {
            opening = null;
            done.over();
            done.succeed(this);
        }
    }

    @Override
    public boolean onOpenRefused(ServerReply.Refused refused) {
        seen(refused.zxid());
        switch (refused.code().next()) {
            case SESSION_OVER -> {
                if (session != null && refused.code() == ErrorCode.SESSION_EXPIRED) {
                    expired();
                    return false;
                }
            }
            case BAD_REQUEST, NOT_APPLIED -> {
                if (opening != null) {
                    failOpening(Refusals.exceptionOf(refused, 0));
                    return false;
                }
            }
            case RETRY_LATER, RETRY_ELSEWHERE, OUTCOME_UNKNOWN -> {}
        }
        return true;
    }

    private void lost(Link closedLink) {
        if (closedLink == link) {
            detach("the connection was lost", closedLink.violation());
        }
    }

    @Override
    public void moveOn(String why) {
        if (link != null) {
            detach(why, null);
        }
    }

    private void detach(String why, @Nullable Throwable cause) {
        Link left = link;
        if (left == null) {
            return;
        }
        LOG.info("{} leaves {}: {}{}", name(), left.address(), why, cause == null ? "" : ": " + cause);
        link = null;
        heartbeats.detached();
        writes.detached();
        suspended();
        watches.forEach(WatchSubscription::detached);
        left.close();
        attaching.next(cause != null ? cause : new NotReachableException(left.address() + ": " + why, null));
    }

    @Override
    public void expired() {
        if (!isOver()) {
            end(closing ? new SessionState.Closed() : new SessionState.Expired());
        }
    }

    private void beginClose() {
        if (closing || isOver()) {
            return;
        }
        closing = true;
        heartbeats.endLease();
        if (session == null || opening != null) {
            end(new SessionState.Closed());
            return;
        }
        Duration patience = options.requestTimeout().isZero() ? options.sessionTimeout() : options.requestTimeout();
        closeTimeout = loop.after(patience, () -> end(new SessionState.Closed())); // the session then ends by itself
        Writes.Write<ServerReply.SessionClosed> close =
                writes.new Write<>(Routes.SESSION_CLOSE, ClientRequest.CloseSession::new, new Closing());
        close.request(1);
        close.accepted();
    }

    /** The last step: everything that waits hears why. */
    private void end(SessionState last) {
        if (isOver()) {
            return;
        }
        LOG.info("{} is {}", name(), last);
        heartbeats.over();
        enterState(last); // before the calls fail: whoever sees one fail finds the state that says why
        states.tryEmitComplete();
        Link left = link;
        link = null;
        attaching.stop();
        if (sweep != null) {
            sweep.dispose();
        }
        if (closeTimeout != null) {
            closeTimeout.dispose();
        }
        writes.failAll(this::whyOver);
        reads.failAll(this::whyOver);
        for (WatchSubscription watch : List.copyOf(watches)) {
            watch.end(last instanceof SessionState.Expired ? whyOver() : null);
        }
        watches.clear();
        if (left != null) {
            left.close();
        }
        closed.tryEmitEmpty();
    }

    private Throwable whyOver() {
        return state instanceof SessionState.Expired
                ? new SessionExpiredException(session)
                : new ClientClosedException();
    }

    private boolean isOver() {
        return state != null && state.isLast();
    }

    /** Says so now, and once more when the lease is over. */
    private void suspended() {
        Duration left = leaseLeft();
        enterState(new SessionState.Suspended(left));
        if (!left.isZero()) {
            leaseEnd = loop.after(left, () -> {
                if (state instanceof SessionState.Suspended) {
                    enterState(new SessionState.Suspended(Duration.ZERO));
                }
            });
        }
    }

    private void enterState(SessionState next) {
        if (leaseEnd != null) {
            leaseEnd.dispose();
            leaseEnd = null;
        }
        state = next;
        states.tryEmitNext(next);
    }

    private String name() {
        return session == null ? "a client without a session" : session.toString();
    }

    @Override
    public void freePlace(Operation<?> operation) {
        if (operation.holdsPlace) {
            operation.holdsPlace = false;
            (operation instanceof Writes.Write ? pendingWrites : pendingReads).decrementAndGet();
        }
    }

    @Override
    public void progress() {
        attaching.progress();
    }

    @Override
    public @Nullable Link link() {
        return link;
    }

    @Override
    public @Nullable SessionId session() {
        return session;
    }

    @Override
    public @Nullable Zxid atLeast() {
        return atLeast;
    }

    @Override
    public void seen(Zxid zxid) {
        Zxid before = atLeast;
        if (before == null ? zxid.value() > 0 : zxid.isAfter(before)) {
            atLeast = zxid;
        }
    }

    @Override
    public Backoff newBackoff() {
        return new Backoff(options.retryDelayMin(), options.retryDelayMax(), random);
    }

    @Override
    public void enter(WatchSubscription watch) {
        if (isOver() || closing) {
            watch.end(whyOver());
            return;
        }
        watches.add(watch);
        if (link != null) {
            watch.attached(link);
        }
    }

    @Override
    public void leave(WatchSubscription watch) {
        watches.remove(watch);
    }

    /** Who waits for the session to open. */
    private final class Opening extends Answer<ClientSession> {
        private @Nullable Disposable timeout;

        Opening(CoreSubscriber<? super ClientSession> actual) {
            super(actual);
        }

        void over() {
            if (timeout != null) {
                timeout.dispose();
            }
        }

        /** Nobody has got the session: it is ended. */
        @Override
        void cancelled() {
            loop.execute(() -> {
                over();
                beginClose();
            });
        }
    }

    /** Waits for the session's last write, whatever becomes of it. */
    private final class Closing implements CoreSubscriber<ServerReply.SessionClosed> {
        @Override
        public void onSubscribe(org.reactivestreams.Subscription subscription) {
            // asked for by whoever made it
        }

        @Override
        public void onNext(ServerReply.SessionClosed reply) {
            end(new SessionState.Closed());
        }

        @Override
        public void onError(Throwable failure) {
            end(new SessionState.Closed());
        }

        @Override
        public void onComplete() {
            // its value said all
        }
    }
}
