package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Listings whose pages are all of one state. A pin copies nothing: it remembers which children were created and which
 * were deleted since, and a page is the present names without the former and with the latter. So beginning one costs
 * nothing, however many children there are, and holding it costs as much as changes meanwhile.
 */
final class PinnedListings {
    /** Listings pinned at this peer at a time; a further one is {@code LIMIT_REACHED}. */
    static final int PINS_MAX = 8;

    /** How long a pin holds; then its next page is {@code PIN_ENDED}. */
    static final int PIN_MILLIS_MAX = 60_000;

    /** Children created or deleted since, by net effect; with one more its next page is {@code PIN_ENDED}. */
    static final int PIN_CHANGES_MAX = 50_000;

    private static final class Pin {
        final long id;
        final long connection;
        final ZnodePath path;
        final Zxid zxid;
        final Stat stat;
        final long endTick;
        final Set<String> created = new HashSet<>();
        final TreeSet<String> deleted = new TreeSet<>();

        Pin(long id, long connection, ZnodePath path, Zxid zxid, Stat stat, long endTick) {
            this.id = id;
            this.connection = connection;
            this.path = path;
            this.zxid = zxid;
            this.stat = stat;
            this.endTick = endTick;
        }
    }

    private final ReplicaContext context;
    private final Map<Long, Pin> byId = new LinkedHashMap<>();
    private final Map<ZnodePath, List<Pin>> byPath = new HashMap<>();
    private long pinsMade;

    PinnedListings(ReplicaContext context) {
        this.context = context;
    }

    int size() {
        return byId.size();
    }

    /** A page of a pinned listing: of a new one, or the next of one that its connection has. */
    ServerReply page(long connection, ClientRequest.Children request, long wanted) {
        return wanted == ClientRequest.Children.NEW_PIN
                ? begin(connection, request)
                : next(connection, request, wanted);
    }

    /** One transaction was applied. */
    void applied(List<Change> changes) {
        if (byId.isEmpty()) {
            return;
        }
        for (Change change : changes) {
            ZnodePath parent = change.type() == EventType.DATA_CHANGED
                    ? null
                    : change.path().parent();
            List<Pin> concerned = parent == null ? null : byPath.get(parent);
            if (concerned != null) {
                for (Pin pin : List.copyOf(concerned)) {
                    changed(pin, change.path().name(), change.type() == EventType.CREATED);
                }
            }
        }
    }

    /** The state was replaced: what lies between is not known here. */
    void stateReplaced() {
        byId.clear();
        byPath.clear();
    }

    void connectionClosed(long connection) {
        endAll(pin -> pin.connection == connection);
    }

    void tick() {
        endAll(pin -> pin.endTick <= context.tick);
    }

    /** The client does not want the rest. */
    void unpin(long connection, long id) {
        endAll(pin -> pin.id == id && pin.connection == connection);
    }

    private ServerReply begin(long connection, ClientRequest.Children request) {
        ServerReply first = context.state.read(withLimit(request), replyBytesMax());
        if (!(first instanceof ServerReply.ChildNames names) || !names.more()) {
            return Objects.requireNonNull(first); // it is whole already, or refused
        }
        if (byId.size() >= PINS_MAX) {
            return refused(
                    ErrorCode.LIMIT_REACHED,
                    request.path(),
                    "this peer has its " + PINS_MAX + " pinned listings; try again later, or list without a pin");
        }
        Pin pin = new Pin(
                ++pinsMade << 8 | context.config.ensemble().self().value(), // not to be taken for another peer's
                connection,
                request.path(),
                names.zxid(),
                names.stat(),
                context.tick + Math.max(1, PIN_MILLIS_MAX / context.config.tickMillis()));
        byId.put(pin.id, pin);
        byPath.computeIfAbsent(pin.path, path -> new ArrayList<>()).add(pin);
        return new ServerReply.ChildNames(names.zxid(), names.names(), true, names.stat(), pin.id);
    }

    private ServerReply next(long connection, ClientRequest.Children request, long wanted) {
        Pin pin = byId.get(wanted);
        if (pin == null || pin.connection != connection || !pin.path.equals(request.path())) {
            return ended(request);
        }
        Integer limit = request.limit();
        ZnodeTree.Listing page = context.state.childrenBefore(
                pin.path,
                request.after(),
                limit == null ? ClientRequest.CHILDREN_LIMIT_MAX : limit,
                replyBytesMax(),
                pin.created,
                pin.deleted);
        if (!page.more()) {
            end(pin);
        }
        return new ServerReply.ChildNames(pin.zxid, page.names(), page.more(), pin.stat, page.more() ? pin.id : null);
    }

    private void changed(Pin pin, String name, boolean created) {
        if (created) {
            if (!pin.deleted.remove(name)) { // else it is there again, as far as names go
                pin.created.add(name);
            }
        } else if (!pin.created.remove(name)) {
            pin.deleted.add(name);
        }
        if (pin.created.size() + pin.deleted.size() > PIN_CHANGES_MAX) {
            end(pin);
        }
    }

    private void endAll(Predicate<Pin> which) {
        if (!byId.isEmpty()) {
            List.copyOf(byId.values()).stream().filter(which).forEach(this::end);
        }
    }

    private void end(Pin pin) {
        byId.remove(pin.id);
        List<Pin> there = byPath.get(pin.path);
        if (there != null && there.remove(pin) && there.isEmpty()) {
            byPath.remove(pin.path);
        }
    }

    private Refused ended(ClientRequest.Children request) {
        String after = request.after();
        return refused(
                ErrorCode.PIN_ENDED,
                request.path(),
                "the pin is over: it holds for " + PIN_MILLIS_MAX / 1_000 + " s and " + PIN_CHANGES_MAX
                        + " changes, at the connection it was made on; go on without it, or with a new one, "
                        + (after == null ? "from the first name" : "after " + after));
    }

    private Refused refused(ErrorCode code, ZnodePath path, String message) {
        return Refused.at(context.state.applied(), code, path.value(), message);
    }

    private int replyBytesMax() {
        return context.config.bounds().replyBytesMax();
    }

    /** A page is cut where it must be, never refused as too large. */
    private static ClientRequest.Children withLimit(ClientRequest.Children request) {
        return request.limit() != null
                ? request
                : new ClientRequest.Children(
                        request.path(), request.after(), ClientRequest.CHILDREN_LIMIT_MAX, request.stamp());
    }
}
