package io.fluxkeeper.core.protocol;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The routes of the API: what each takes and gives. */
public final class Routes {
    /**
     * One operation of the API.
     *
     * @param name as in the routing metadata
     * @param request what it takes
     * @param reply what it gives: once, or for a stream many times
     * @param stream whether it is a request-stream; else a request-response
     */
    public record Route<Q extends ClientRequest, R>(String name, Class<Q> request, Class<R> reply, boolean stream) {
        @Override
        public String toString() {
            return name;
        }
    }

    public static final Route<ClientRequest.OpenSession, ServerReply.SessionOpened> SESSION_OPEN =
            response("session.open", ClientRequest.OpenSession.class, ServerReply.SessionOpened.class);
    public static final Route<ClientRequest.Heartbeat, ServerReply.HeartbeatCounted> SESSION_HEARTBEAT =
            response("session.heartbeat", ClientRequest.Heartbeat.class, ServerReply.HeartbeatCounted.class);
    public static final Route<ClientRequest.CloseSession, ServerReply.SessionClosed> SESSION_CLOSE =
            response("session.close", ClientRequest.CloseSession.class, ServerReply.SessionClosed.class);
    public static final Route<ClientRequest.Create, ServerReply.Created> ZNODE_CREATE =
            response("znode.create", ClientRequest.Create.class, ServerReply.Created.class);
    public static final Route<ClientRequest.GetData, ServerReply.Data> ZNODE_GET =
            response("znode.get", ClientRequest.GetData.class, ServerReply.Data.class);
    public static final Route<ClientRequest.SetData, ServerReply.DataSet> ZNODE_SET =
            response("znode.set", ClientRequest.SetData.class, ServerReply.DataSet.class);
    public static final Route<ClientRequest.Delete, ServerReply.Deleted> ZNODE_DELETE =
            response("znode.delete", ClientRequest.Delete.class, ServerReply.Deleted.class);
    public static final Route<ClientRequest.Exists, ServerReply.Existence> ZNODE_EXISTS =
            response("znode.exists", ClientRequest.Exists.class, ServerReply.Existence.class);
    public static final Route<ClientRequest.Children, ServerReply.ChildNames> ZNODE_CHILDREN =
            response("znode.children", ClientRequest.Children.class, ServerReply.ChildNames.class);
    public static final Route<ClientRequest.Unpin, ServerReply.Unpinned> ZNODE_UNPIN =
            response("znode.unpin", ClientRequest.Unpin.class, ServerReply.Unpinned.class);
    public static final Route<ClientRequest.Multi, ServerReply.MultiDone> ZNODE_MULTI =
            response("znode.multi", ClientRequest.Multi.class, ServerReply.MultiDone.class);
    public static final Route<ClientRequest.Sync, ServerReply.Synced> ZNODE_SYNC =
            response("znode.sync", ClientRequest.Sync.class, ServerReply.Synced.class);
    public static final Route<ClientRequest.Watch, WatchItem> WATCH =
            new Route<>("watch", ClientRequest.Watch.class, WatchItem.class, true);
    public static final Route<ClientRequest.Observe, WatchItem> OBSERVE =
            new Route<>("observe", ClientRequest.Observe.class, WatchItem.class, true);
    public static final Route<ClientRequest.EnsembleStatus, ServerReply.Status> ENSEMBLE_STATUS =
            response("ensemble.status", ClientRequest.EnsembleStatus.class, ServerReply.Status.class);

    /** Every route. */
    public static final List<Route<?, ?>> ALL = List.of(
            SESSION_OPEN,
            SESSION_HEARTBEAT,
            SESSION_CLOSE,
            ZNODE_CREATE,
            ZNODE_GET,
            ZNODE_SET,
            ZNODE_DELETE,
            ZNODE_EXISTS,
            ZNODE_CHILDREN,
            ZNODE_UNPIN,
            ZNODE_MULTI,
            ZNODE_SYNC,
            WATCH,
            OBSERVE,
            ENSEMBLE_STATUS);

    private static final Map<String, Route<?, ?>> BY_NAME =
            ALL.stream().collect(Collectors.toUnmodifiableMap(Route::name, Function.identity()));
    private static final Map<Class<?>, Route<?, ?>> BY_REQUEST =
            ALL.stream().collect(Collectors.toUnmodifiableMap(Route::request, Function.identity()));

    private Routes() {}

    /** Null when there is no such route. */
    public static @Nullable Route<?, ?> named(String name) {
        return BY_NAME.get(name);
    }

    /** The route that takes the request. */
    public static Route<?, ?> of(ClientRequest request) {
        Route<?, ?> route = BY_REQUEST.get(request.getClass());
        if (route == null) {
            throw new IllegalArgumentException(
                    "no route takes a " + request.getClass().getSimpleName());
        }
        return route;
    }

    private static <Q extends ClientRequest, R extends ServerReply> Route<Q, R> response(
            String name, Class<Q> request, Class<R> reply) {
        return new Route<>(name, request, reply, false);
    }
}
