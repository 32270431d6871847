package io.fluxkeeper.client;

import io.fluxkeeper.client.connection.NullableBytes;
import io.fluxkeeper.client.session.ClientSession;
import io.fluxkeeper.client.session.StatusRequest;
import io.fluxkeeper.client.watch.StreamSpec;
import io.fluxkeeper.client.watch.WatchFlux;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

/**
 * A client of the ensemble with one session (or none, see {@link FluxkeeperClientBuilder#withoutSession}).
 *
 * <p><b>What it promises.</b> A write in a session is applied exactly once, also when peers fail while it is under way,
 * and the writes of one client are applied in the order of their subscriptions. A read never shows a state older than
 * what this client has seen or written before. A watch misses no change and repeats none. When a peer fails, the client
 * goes on at another one; its calls wait meanwhile.
 *
 * <p><b>Reactive.</b> Every {@code Mono} is cold: nothing is sent before it is subscribed to, and each subscription is a
 * call of its own. Nothing blocks. Signals come on the client's event loop, where no subscriber may block; whoever must
 * uses {@code publishOn}. Cancelling a read ends it. Cancelling a write before it has its number leaves it out; from
 * then on it gives up the answer, never the write. Failures are {@link FluxkeeperException}s. Safe for any number of
 * threads.
 */
public final class FluxkeeperClient {
    private final ClientSession session;

    FluxkeeperClient(ClientSession session) {
        this.session = session;
    }

    /** Begin here. */
    public static FluxkeeperClientBuilder builder() {
        return new FluxkeeperClientBuilder();
    }

    /** Creates a persistent znode. @param data null and empty differ; must not be changed before the reply */
    public Mono<ServerReply.Created> create(String path, byte @Nullable [] data) {
        return create(path, data, CreateMode.PERSISTENT);
    }

    /**
     * Creates a znode. Refused with {@link NodeExistsException}, or with {@link NoNodeException} without its parent.
     *
     * @param path for a sequential mode without its number, which is in the reply; it may then end with {@code /}
     * @param data null and empty differ; must not be changed before the reply
     */
    public Mono<ServerReply.Created> create(String path, byte @Nullable [] data, CreateMode mode) {
        return checked(() -> {
            if (mode.isEphemeral() && !session.options().session()) {
                throw new IllegalArgumentException("an ephemeral znode needs a session; this client has none");
            }
            new Operation.Create(path, NullableBytes.of(data), mode, null);
            return session.write(
                    Routes.ZNODE_CREATE,
                    stamp -> new ClientRequest.Create(path, NullableBytes.of(data), mode, null, stamp));
        });
    }

    /** Data and stat; refused with {@link NoNodeException}. */
    public Mono<ServerReply.Data> get(String path) {
        return get(path, Freshness.local());
    }

    /** As {@link #get(String)}, as fresh as that. Data too long for one reply are put together from several. */
    public Mono<ServerReply.Data> get(String path, Freshness freshness) {
        return checked(() -> {
            ZnodePath znode = ZnodePath.of(path);
            return session.read(Routes.ZNODE_GET, freshness, stamp -> new ClientRequest.GetData(znode, stamp))
                    .onErrorResume(
                            BadRequestException.class,
                            refused -> refused.code() == ErrorCode.REPLY_TOO_LARGE
                                    ? DataInParts.whole(session, znode, freshness)
                                    : Mono.error(refused));
        });
    }

    /**
     * The data in parts, at the subscriber's demand, with at most one part kept beyond it; all of them of one version,
     * whose length is in their stat. Fails with {@link ValueChangedException} when the data are replaced before the
     * last part was read.
     *
     * @param bytesMax of a part, 1 or more; the service may make them smaller
     */
    public Flux<ServerReply.Data> getInParts(String path, int bytesMax, Freshness freshness) {
        return Flux.from(checked(() -> {
                    new ClientRequest.GetData(ZnodePath.of(path), 0, bytesMax, null, ReadStamp.NONE);
                    return Mono.just(ZnodePath.of(path));
                }))
                .concatMap(znode -> DataInParts.of(session, znode, bytesMax, freshness), 1);
    }

    /** The stat; empty when there is no such znode. */
    public Mono<Stat> exists(String path) {
        return exists(path, Freshness.local());
    }

    /** As {@link #exists(String)}, as fresh as that. */
    public Mono<Stat> exists(String path, Freshness freshness) {
        return existence(path, freshness).mapNotNull(ServerReply.Existence::stat);
    }

    /** The stat, null when there is no such znode, and the zxid at which that was so. */
    public Mono<ServerReply.Existence> existence(String path, Freshness freshness) {
        return checked(() -> {
            ZnodePath znode = ZnodePath.of(path);
            return session.read(Routes.ZNODE_EXISTS, freshness, stamp -> new ClientRequest.Exists(znode, stamp));
        });
    }

    /** Replaces the data, whatever the version; refused with {@link NoNodeException}. */
    public Mono<ServerReply.DataSet> set(String path, byte @Nullable [] data) {
        return set(path, data, Operation.ANY_VERSION);
    }

    /** Replaces the data if the version is still the expected one; else {@link BadVersionException}. */
    public Mono<ServerReply.DataSet> set(String path, byte @Nullable [] data, int version) {
        return checked(() -> {
            Operation.SetData set = new Operation.SetData(ZnodePath.of(path), NullableBytes.of(data), version);
            return session.write(
                    Routes.ZNODE_SET,
                    stamp -> new ClientRequest.SetData(set.path(), NullableBytes.of(data), version, stamp));
        });
    }

    /** Deletes a znode, whatever its version; refused with {@link NotEmptyException} if it has children. */
    public Mono<ServerReply.Deleted> delete(String path) {
        return delete(path, Operation.ANY_VERSION);
    }

    /** Deletes a znode if its version is still the expected one; else {@link BadVersionException}. */
    public Mono<ServerReply.Deleted> delete(String path, int version) {
        return checked(() -> {
            Operation.Delete delete = new Operation.Delete(ZnodePath.of(path), version);
            return session.write(Routes.ZNODE_DELETE, stamp -> new ClientRequest.Delete(delete.path(), version, stamp));
        });
    }

    /** The names of all children, in order; a listing too long for one reply is a {@link BadRequestException}. */
    public Mono<ServerReply.ChildNames> children(String path) {
        return children(path, Freshness.local());
    }

    /** As {@link #children(String)}, as fresh as that. */
    public Mono<ServerReply.ChildNames> children(String path, Freshness freshness) {
        return children(path, null, null, freshness);
    }

    /**
     * A page of the names of the children, in order.
     *
     * @param after names behind this one; null from the first
     * @param limit most names to give, 1 to 10,000; null for as many as fit one reply
     */
    public Mono<ServerReply.ChildNames> children(String path, @Nullable String after, @Nullable Integer limit) {
        return children(path, after, limit, Freshness.local());
    }

    /** As {@link #children(String, String, Integer)}, as fresh as that. */
    public Mono<ServerReply.ChildNames> children(
            String path, @Nullable String after, @Nullable Integer limit, Freshness freshness) {
        return checked(() -> {
            ClientRequest.Children first = new ClientRequest.Children(ZnodePath.of(path), after, limit, ReadStamp.NONE);
            return session.read(
                    Routes.ZNODE_CHILDREN,
                    freshness,
                    stamp -> new ClientRequest.Children(first.path(), after, limit, stamp));
        });
    }

    /**
     * The names of all children in order, however many there are, at the subscriber's demand: never more than two pages
     * are kept beyond it. Refused with {@link NoNodeException}; a listing of one moment may end early with
     * {@link ListingEndedException}, which says where to go on.
     */
    public Flux<String> childNames(ChildrenSpec spec) {
        return childPages(spec).materialize().concatMapIterable(FluxkeeperClient::namesOf, 1);
    }

    /** A failure waits its turn behind the pages before it: it says where to go on. */
    private static List<String> namesOf(Signal<ServerReply.ChildNames> signal) {
        Throwable failure = signal.getThrowable();
        if (failure != null) {
            throw Exceptions.propagate(failure);
        }
        ServerReply.ChildNames page = signal.get();
        return page == null ? List.of() : page.names();
    }

    /** As {@link #childNames}, page by page, each with the zxid it was read at and the stat of the znode then. */
    public Flux<ServerReply.ChildNames> childPages(ChildrenSpec spec) {
        return ChildrenListing.pages(session, spec);
    }

    /** Collects operations of which all are applied, or none. */
    public MultiBuilder multi() {
        return new MultiBuilder(this);
    }

    /** All of the operations or none, as one transaction; a refusal says which one it was. */
    public Mono<ServerReply.MultiDone> multi(List<Operation> operations) {
        return checked(() -> {
            if (!session.options().session()) {
                new ClientRequest.Multi(operations, null); // refuses what is ephemeral
            }
            List<Operation> all = List.copyOf(operations);
            if (all.isEmpty() || all.size() > ClientRequest.MULTI_OPERATIONS_MAX) {
                throw new IllegalArgumentException(
                        "a multi has 1.." + ClientRequest.MULTI_OPERATIONS_MAX + " operations, not " + all.size());
            }
            return session.write(Routes.ZNODE_MULTI, stamp -> new ClientRequest.Multi(all, stamp));
        });
    }

    /**
     * The highest zxid this client has seen, {@link Zxid#ZERO} before the first. Another client that is handed it and
     * reads {@link Freshness#atLeast} it sees no less than this one.
     */
    public Zxid lastSeen() {
        return session.lastSeen();
    }

    /** Reads after its reply are linearizable: they see every write that was answered, to anyone, before this call. */
    public Mono<ServerReply.Synced> sync() {
        return session.read(Routes.ZNODE_SYNC, ClientRequest.Sync::new);
    }

    /** How the peer this client is connected to sees itself and the ensemble. */
    public Mono<ServerReply.Status> status() {
        return session.read(Routes.ENSEMBLE_STATUS, stamp -> new ClientRequest.EnsembleStatus());
    }

    /** As {@link #status()}, of every address of this client, in their order, each over a connection of its own. */
    public Flux<PeerStatus> statusOfAllPeers() {
        return StatusRequest.askAll(session.options(), session.loop());
    }

    /** Changes of one znode from the subscription on, without data; see {@link #watch(WatchSpec)}. */
    public Flux<TreeEvent> watch(String path) {
        return checkedFlux(() -> watch(WatchSpec.znode(path)));
    }

    /**
     * Changes of what the spec says, as a stream. Cold: each subscription is a watch of its own, from the spec's
     * position, or from the moment a peer has taken it. One event for each change, in zxid order, none lost, none
     * twice; a reconnect, to any peer, is not to be seen. Only where changes are not kept any more as far back as it
     * has to go, it tells {@link TreeEvent.Reset} and the present state instead, and goes on from there.
     *
     * <p>Produced at the subscriber's demand: without demand nothing is kept for it here beyond 2 events (10,000 paths if
     * it is conflated), and the service goes on from the position when demand comes. Emitted on the client's event loop.
     * Completes when the client is closed; fails with {@link SessionExpiredException}, or with
     * {@link SubscriberStalledException} when the subscriber has asked for nothing for too long.
     */
    public Flux<TreeEvent> watch(WatchSpec spec) {
        return new WatchFlux(new StreamSpec.Watched(spec), session);
    }

    /**
     * The state of a subtree and then its changes, as one stream: {@link TreeEvent.Reset}, the znodes in the order of
     * their paths, {@link TreeEvent.Exact}, and from then on every change; demand, reconnects and the end as with
     * {@link #watch(WatchSpec)}. Whoever puts what is shown into a map, and each change too, has at {@code Exact} what the
     * service has, and after each transaction again.
     */
    public Flux<TreeEvent> observe(ObserveSpec spec) {
        return new WatchFlux(new StreamSpec.Observed(spec), session);
    }

    /** A subtree with its data; see {@link #observe(ObserveSpec)}. */
    public Flux<TreeEvent> observe(String path) {
        return checkedFlux(() -> observe(ObserveSpec.subtree(path).includingData()));
    }

    /** A copy of a subtree in memory that follows it; it lives until it is closed, or the client is. */
    public ZnodeCache cache(ObserveSpec spec) {
        return new ZnodeCache(observe(spec));
    }

    /**
     * How the client stands with the ensemble, by its own clock ({@link SessionState}): the present state at once, then
     * every further one; completes after the last. A subscriber that is slow skips states, never the latest. Emitted on
     * the client's event loop, the first one on the subscriber's thread.
     */
    public Flux<SessionState> sessionStates() {
        return session.states();
    }

    /**
     * How long the session certainly lives on should nothing more be heard from the service; it runs from the sending of
     * the last confirmed heartbeat. Zero when that time is over: somebody else may hold our locks by now.
     */
    public Duration leaseLeft() {
        return session.leaseLeft();
    }

    /**
     * Ends the session and with it its ephemeral znodes, behind the writes made before; later calls fail with
     * {@link ClientClosedException}. Completes when the service has confirmed it, or after {@code requestTimeout}; the
     * session then ends by its timeout. Cancelling changes nothing.
     */
    public Mono<Void> close() {
        return session.close();
    }

    private static <T> Mono<T> checked(Supplier<Mono<T>> call) {
        try {
            return call.get();
        } catch (IllegalArgumentException wrong) {
            return Mono.error(badArguments(wrong));
        }
    }

    private static Flux<TreeEvent> checkedFlux(Supplier<Flux<TreeEvent>> stream) {
        try {
            return stream.get();
        } catch (IllegalArgumentException wrong) {
            return Flux.error(badArguments(wrong));
        }
    }

    static BadRequestException badArguments(IllegalArgumentException wrong) {
        return new BadRequestException(ErrorCode.BAD_ARGUMENTS, String.valueOf(wrong.getMessage()), wrong);
    }
}
