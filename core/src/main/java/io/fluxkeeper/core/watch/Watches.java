package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All watches and observations at this peer. A subscription with demand that is not behind is <em>live</em>: it is found
 * by the path of a change and gets it at once. Any other is a <em>cursor</em> over the change log ({@link CatchUp}),
 * costs a constant, and catches up in slices once it asks for more. So nothing is ever queued for a slow subscriber.
 *
 * <p>Guarantees: in zxid order; every matching change after {@code Started} or {@code Exact}; each once; those of one
 * transaction together; none from before the start; on at any peer from the position of the last one.
 */
public final class Watches {
    private final Bounds bounds;
    private final WatchOutput output;
    private final InterestIndex interest = new InterestIndex();
    private final ChangePages pages;
    private final Map<Long, Subscription> byId = new HashMap<>();
    private final Map<Long, Set<Subscription>> byConnection = new HashMap<>();

    /** Connections with too many unsent bytes; also those that have no subscription (yet). */
    private final Set<Long> congestedConnections = new HashSet<>();

    /** Cursors that may be sent something, in the order they asked. */
    private final LinkedHashSet<Subscription> catchingUp = new LinkedHashSet<>();

    /** Those whose client has seen more than this peer. */
    private final Set<Subscription> aheadOfState = new LinkedHashSet<>();

    /** Subscriptions by the tick, modulo {@code bookmarkTicks}, at which they are looked at. */
    private final List<Set<Subscription>> buckets = new ArrayList<>();

    private ChangeLog log;
    private ZnodeTree tree;
    private Zxid applied;
    private long visits;

    /**
     * What bounds them.
     *
     * @param subscriptionsMax at this peer; beyond, {@code LIMIT_REACHED}
     * @param bookmarkTicks quiet ticks after which one gets a bookmark
     * @param stallTicks ticks without taking anything, while there may be something for it, after which one is ended
     *     with {@code SUBSCRIBER_STALLED}; 0 for never
     */
    public record Bounds(int subscriptionsMax, int bookmarkTicks, int stallTicks) {}

    /** @param applied what log and tree are of */
    public Watches(Bounds bounds, ChangeLog log, ZnodeTree tree, Zxid applied, WatchOutput output) {
        this.bounds = bounds;
        this.log = log;
        this.tree = tree;
        this.applied = applied;
        this.output = output;
        this.pages = new ChangePages(output);
        for (int i = 0; i < bounds.bookmarkTicks(); i++) {
            buckets.add(new LinkedHashSet<>());
        }
    }

    /** Subscriptions at this peer. */
    public int size() {
        return byId.size();
    }

    /** How often the path of a change was looked up to find whom it concerns. */
    long lookUps() {
        return interest.lookUps();
    }

    /** How many subscriptions changes have met so far: live ones that they concern. */
    long visits() {
        return visits;
    }

    /** Registers a stream; nothing is sent before it asks. Its start is fixed now: {@code from}, or this moment. */
    public void subscribe(long connection, long id, ClientRequest.StreamRequest request) {
        if (byId.size() >= bounds.subscriptionsMax()) {
            output.end(
                    id,
                    Refused.of(
                            applied,
                            ErrorCode.LIMIT_REACHED,
                            "this peer has " + byId.size() + " watches, as many as it may; try another peer"));
            return;
        }
        Zxid seen = request.atLeast() == null ? Zxid.ZERO : request.atLeast();
        ChangePosition from = request.from() == null ? ChangePosition.after(Zxid.max(applied, seen)) : request.from();
        boolean withStat = !(request instanceof ClientRequest.Watch watch) || watch.stat();
        Subscription subscription =
                new Subscription(id, connection, Interest.of(request), request.data(), withStat, seen, from);
        subscription.congested = congestedConnections.contains(connection);
        if (request instanceof ClientRequest.Observe observe) {
            subscription.resetDue = observe.from() == null;
        }
        if (request.shown() != null) {
            subscription.showing = true;
            subscription.shown(request.shown().value());
        }
        byId.put(id, subscription);
        byConnection.computeIfAbsent(connection, c -> new LinkedHashSet<>()).add(subscription);
        bucketOf(subscription).add(subscription);
    }

    /** The subscriber takes more items. */
    public void demand(long id, long items) {
        Subscription subscription = byId.get(id);
        if (subscription == null || items <= 0) {
            return; // cancelled or ended while its request was under way
        }
        long sum = subscription.demand + items;
        subscription.demand = sum < 0 ? Long.MAX_VALUE : sum;
        subscription.awaitsDemand = false;
        wake(subscription);
    }

    public void cancel(long id) {
        Subscription subscription = byId.get(id);
        if (subscription != null) {
            remove(subscription);
        }
    }

    public void connectionClosed(long connection) {
        congestedConnections.remove(connection);
        Set<Subscription> there = byConnection.get(connection);
        if (there != null) {
            List.copyOf(there).forEach(this::remove);
        }
    }

    /** While a connection is congested its subscriptions are cursors, also those it makes meanwhile. */
    public void congested(long connection, boolean congested) {
        if (congested) {
            congestedConnections.add(connection);
        } else {
            congestedConnections.remove(connection);
        }
        for (Subscription subscription : byConnection.getOrDefault(connection, Set.of())) {
            subscription.congested = congested;
            if (!congested) {
                wake(subscription);
            }
        }
    }

    /** One transaction was applied, and the log has its changes; called before any reply that could show it. */
    public void applied(Zxid zxid, List<Change> changes) {
        applied = zxid;
        if (!changes.isEmpty() && !byId.isEmpty()) {
            fanOut(changes);
        }
        if (!aheadOfState.isEmpty()) {
            List<Subscription> all = List.copyOf(aheadOfState);
            aheadOfState.clear();
            all.forEach(this::wake);
        }
    }

    /** Whether cursors have more to read. */
    public boolean hasMoreToDo() {
        return !catchingUp.isEmpty();
    }

    /** Lets cursors read on, up to {@code visitsMax} changes and znodes in all; those with more to read go to the end. */
    public void catchUp(int visitsMax) {
        int budget = visitsMax;
        while (budget > 0 && !catchingUp.isEmpty()) {
            Subscription subscription = catchingUp.iterator().next();
            catchingUp.remove(subscription);
            budget -= readOn(subscription, Math.min(budget, visitsMax / 4 + 1));
        }
    }

    /** Rows of the log that were asked for came from the store, by key. */
    public void changesRead(Map<String, byte[]> rows) {
        pages.arrived(rows, log).forEach(this::wakeReader);
    }

    /** One tick: subscriptions whose turn it is get a bookmark if they are quiet, and end if they take nothing. */
    public void tick(long tick) {
        List<Subscription> stalled = new ArrayList<>();
        for (Subscription subscription : buckets.get((int) (tick % bounds.bookmarkTicks()))) {
            if (subscription.live) {
                bookmark(subscription);
            } else if (!subscription.mayRead() && ++subscription.timesFoundStalled > timesStalledMax()) {
                stalled.add(subscription);
            }
        }
        stalled.forEach(this::endStalled);
    }

    private void bookmark(Subscription subscription) {
        if (subscription.mayBeSent() && applied.isAfter(subscription.lastSent)) {
            send(subscription, List.of(new WatchItem.Bookmark(applied)));
        }
    }

    private int timesStalledMax() {
        return bounds.stallTicks() == 0 ? Integer.MAX_VALUE : bounds.stallTicks() / bounds.bookmarkTicks();
    }

    private void endStalled(Subscription subscription) {
        remove(subscription);
        String last = subscription.showing ? subscription.shown : null;
        output.end(
                subscription.id,
                new Refused(
                        applied,
                        ErrorCode.SUBSCRIBER_STALLED,
                        last,
                        "the subscriber of " + subscription.interest.path() + " took nothing for " + bounds.stallTicks()
                                + " ticks while there was something for it",
                        null,
                        null,
                        null,
                        subscription.resetDue || subscription.showing && last == null ? null : subscription.position));
    }

    /** The state was replaced by a later one: each goes on in its log, or with its state where that begins later. */
    public void stateReplaced(ChangeLog newLog, ZnodeTree newTree, Zxid zxid) {
        for (Subscription subscription : byId.values()) {
            if (subscription.live) {
                becomeCursor(subscription, ChangePosition.after(applied));
                interest.remove(subscription);
            }
        }
        log = newLog;
        tree = newTree;
        applied = zxid;
        pages.logReplaced();
        aheadOfState.clear();
        byConnection.values().forEach(there -> there.forEach(this::wake));
    }

    private void fanOut(List<Change> changes) {
        Map<Subscription, List<Change>> concerned = new LinkedHashMap<>();
        List<Subscription> fallenBehind = new ArrayList<>(0);
        for (Change change : changes) {
            interest.forEachConcernedBy(change.path(), subscription -> {
                visits++;
                if (!subscription.live || !subscription.wants(change)) {
                    return;
                }
                if (subscription.demand <= pendingFor(concerned, subscription) || subscription.congested) {
                    becomeCursor(subscription, new ChangePosition(change.zxid(), change.ordinal()));
                    subscription.awaitsDemand = !subscription.congested;
                    fallenBehind.add(subscription);
                } else {
                    concerned
                            .computeIfAbsent(subscription, s -> new ArrayList<>(2))
                            .add(change);
                }
            });
        }
        fallenBehind.forEach(interest::remove);
        if (!concerned.isEmpty()) {
            SharedItems shared = new SharedItems(changes.size());
            concerned.forEach((subscription, wanted) -> sendLive(subscription, wanted, shared));
        }
    }

    private static int pendingFor(Map<Subscription, List<Change>> concerned, Subscription subscription) {
        List<Change> pending = concerned.get(subscription);
        return pending == null ? 0 : pending.size();
    }

    /** It has to be taken out of the index too. One whose client is ahead of this peer stays ahead. */
    private static void becomeCursor(Subscription subscription, ChangePosition at) {
        subscription.live = false;
        subscription.position = at.compareTo(subscription.position) > 0 ? at : subscription.position;
    }

    private void sendLive(Subscription subscription, List<Change> wanted, SharedItems shared) {
        List<WatchItem> items = new ArrayList<>(wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            // one that became a cursor half-way has more of this transaction to come
            boolean last = i == wanted.size() - 1 && subscription.live;
            items.add(shared.of(wanted.get(i), last, subscription.withStat, subscription.withData));
        }
        send(subscription, items);
    }

    /** @return changes and znodes looked at, at least 1 */
    private int readOn(Subscription subscription, int visitsMax) {
        if (!subscription.mayRead()) {
            pages.leave(subscription);
            return 1; // its connection became congested meanwhile; it is woken when that is over
        }
        CatchUp turn = new CatchUp(log, tree, pages, subscription, applied, visitsMax);
        CatchUp.End end = turn.run();
        if (!turn.items().isEmpty()) {
            send(subscription, turn.items());
        }
        if (end == CatchUp.End.PAUSED) {
            catchingUp.add(subscription);
        } else if (end != CatchUp.End.AT_OLD_BLOCK) {
            pages.leave(subscription);
        }
        if (end == CatchUp.End.CAUGHT_UP) {
            subscription.live = true;
            interest.add(subscription);
        } else if (end == CatchUp.End.AHEAD_OF_STATE) {
            aheadOfState.add(subscription);
        } else if (end == CatchUp.End.AWAITS_DEMAND) {
            subscription.awaitsDemand = true;
        }
        return Math.max(1, turn.visits());
    }

    private void wake(Subscription subscription) {
        if (!subscription.live && subscription.wantedBlock == null && !aheadOfState.contains(subscription)) {
            wakeReader(subscription);
        }
    }

    private void wakeReader(Subscription subscription) {
        if (subscription.mayRead()) {
            catchingUp.add(subscription);
        } else {
            pages.leave(subscription);
        }
    }

    private void send(Subscription subscription, List<WatchItem> items) {
        subscription.demand -= items.size();
        subscription.lastSent = items.get(items.size() - 1).zxid();
        subscription.timesFoundStalled = 0;
        output.emit(subscription.id, items);
    }

    private void remove(Subscription subscription) {
        byId.remove(subscription.id);
        catchingUp.remove(subscription);
        aheadOfState.remove(subscription);
        bucketOf(subscription).remove(subscription);
        interest.remove(subscription);
        pages.leave(subscription);
        Set<Subscription> there = byConnection.get(subscription.connection);
        if (there != null && there.remove(subscription) && there.isEmpty()) {
            byConnection.remove(subscription.connection);
        }
    }

    private Set<Subscription> bucketOf(Subscription subscription) {
        return buckets.get((int) (subscription.id % bounds.bookmarkTicks()));
    }
}
