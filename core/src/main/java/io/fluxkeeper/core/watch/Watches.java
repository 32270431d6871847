package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All watches at this peer. A subscription with demand that is not behind is <em>live</em>: it is found by the path of
 * a change and gets it at once. Any other is a <em>cursor</em> over the change log, costs a constant, and catches up in
 * slices once it asks for more. So nothing is ever queued for a slow subscriber.
 *
 * <p>Guarantees: in zxid order; every matching change after {@code Started}; each once; none before the start.
 */
public final class Watches {
    private final ChangeLog log;
    private final int bookmarkTicks;
    private final int subscriptionsMax;
    private final WatchOutput output;
    private final InterestIndex interest = new InterestIndex();
    private final Map<Long, Subscription> byId = new HashMap<>();
    private final Map<Long, Set<Subscription>> byConnection = new HashMap<>();

    /** Cursors that may be sent something, in the order they asked. */
    private final LinkedHashSet<Subscription> catchingUp = new LinkedHashSet<>();

    /** Subscriptions by the tick, modulo {@code bookmarkTicks}, at which they are looked at for a bookmark. */
    private final List<Set<Subscription>> bookmarkBuckets = new ArrayList<>();

    private Zxid applied;

    /** @param applied the change log is complete after this transaction */
    public Watches(
            int changeCountMax,
            long changeBytesMax,
            int subscriptionsMax,
            int bookmarkTicks,
            Zxid applied,
            WatchOutput output) {
        this.log = new ChangeLog(changeCountMax, changeBytesMax, applied);
        this.subscriptionsMax = subscriptionsMax;
        this.bookmarkTicks = bookmarkTicks;
        this.applied = applied;
        this.output = output;
        for (int i = 0; i < bookmarkTicks; i++) {
            bookmarkBuckets.add(new LinkedHashSet<>());
        }
    }

    /** Subscriptions at this peer. */
    public int size() {
        return byId.size();
    }

    /** The oldest position a new watch may start from here. */
    public Zxid oldest() {
        return log.oldest();
    }

    /** Registers a watch; nothing is sent before it asks. Its start is fixed now: {@code from}, or this moment. */
    public void subscribe(long connection, long id, ClientRequest.Watch request) {
        if (byId.size() >= subscriptionsMax) {
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
        if (!log.reachesBackTo(from)) {
            output.end(id, tooOld(request.path().value(), from.zxid()));
            return;
        }
        Subscription subscription = new Subscription(
                id, connection, request.path(), request.scope(), request.data(), from, log.firstBehind(from));
        byId.put(id, subscription);
        byConnection.computeIfAbsent(connection, c -> new LinkedHashSet<>()).add(subscription);
        bucketOf(subscription).add(subscription);
        interest.add(subscription);
    }

    /** The subscriber takes more items. */
    public void demand(long id, long items) {
        Subscription subscription = byId.get(id);
        if (subscription == null || items <= 0) {
            return; // cancelled or ended while its request was under way
        }
        long sum = subscription.demand + items;
        subscription.demand = sum < 0 ? Long.MAX_VALUE : sum;
        wake(subscription);
    }

    public void cancel(long id) {
        Subscription subscription = byId.get(id);
        if (subscription != null) {
            remove(subscription);
        }
    }

    public void connectionClosed(long connection) {
        Set<Subscription> there = byConnection.get(connection);
        if (there != null) {
            List.copyOf(there).forEach(this::remove);
        }
    }

    /** While a connection is congested its subscriptions are cursors. */
    public void congested(long connection, boolean congested) {
        for (Subscription subscription : byConnection.getOrDefault(connection, Set.of())) {
            subscription.congested = congested;
            if (!congested) {
                wake(subscription);
            }
        }
    }

    /** One transaction was applied; called before any reply that could show it. */
    public void applied(Zxid zxid, List<Change> changes) {
        applied = zxid;
        if (changes.isEmpty()) {
            return;
        }
        if (byId.isEmpty()) {
            changes.forEach(log::append);
        } else {
            fanOut(changes);
        }
        log.trim();
    }

    /** Whether cursors have more to read. */
    public boolean hasMoreToDo() {
        return !catchingUp.isEmpty();
    }

    /** Lets cursors read on, up to {@code changesMax} changes in all; those with more to read go to the end. */
    public void catchUp(int changesMax) {
        int budget = changesMax;
        while (budget > 0 && !catchingUp.isEmpty()) {
            Subscription subscription = catchingUp.iterator().next();
            catchingUp.remove(subscription);
            budget -= readOn(subscription, Math.min(budget, changesMax / 4 + 1));
        }
    }

    /** One tick: quiet subscriptions whose turn it is get a bookmark. */
    public void tick(long tick) {
        for (Subscription subscription : bookmarkBuckets.get((int) (tick % bookmarkTicks))) {
            boolean quiet = subscription.started && subscription.live && subscription.mayBeSent();
            if (quiet && applied.isAfter(subscription.lastSent)) {
                send(subscription, List.of(new WatchItem.Bookmark(applied)));
                subscription.lastSent = applied;
            }
        }
    }

    /** The state was replaced by one as of {@code zxid}: what lies between is not known here, so every watch ends. */
    public void stateReplaced(Zxid zxid) {
        applied = zxid;
        log.reset(zxid);
        for (Subscription subscription : List.copyOf(byId.values())) {
            remove(subscription);
            output.end(subscription.id, tooOld(subscription.path.value(), subscription.lastSent));
        }
    }

    private void fanOut(List<Change> changes) {
        Map<Subscription, List<Change>> concerned = new LinkedHashMap<>();
        for (Change change : changes) {
            long at = log.end();
            log.append(change);
            interest.forEachConcernedBy(change.path(), subscription -> {
                if (subscription.live && ChangeLog.isBehind(change, subscription.from)) {
                    if (subscription.demand <= pendingFor(concerned, subscription) || subscription.congested) {
                        subscription.live = false;
                        subscription.next = at;
                    } else {
                        concerned
                                .computeIfAbsent(subscription, s -> new ArrayList<>(2))
                                .add(change);
                    }
                }
            });
        }
        concerned.forEach(this::sendLive);
    }

    private static int pendingFor(Map<Subscription, List<Change>> concerned, Subscription subscription) {
        List<Change> pending = concerned.get(subscription);
        return pending == null ? 0 : pending.size();
    }

    private void sendLive(Subscription subscription, List<Change> wanted) {
        List<WatchItem> items = new ArrayList<>(wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            // one that became a cursor half-way has more of this transaction to come
            boolean last = i == wanted.size() - 1 && subscription.live;
            items.add(item(subscription, wanted.get(i), last));
        }
        send(subscription, items);
    }

    /** @return changes looked at, at least 1 */
    private int readOn(Subscription subscription, int changesMax) {
        if (!subscription.mayBeSent()) {
            return 1; // its connection became congested meanwhile; it is woken when that is over
        }
        if (subscription.next < log.first()) {
            remove(subscription);
            output.end(subscription.id, tooOld(subscription.path.value(), subscription.lastSent));
            return 1;
        }
        List<WatchItem> items = new ArrayList<>();
        if (!subscription.started) {
            subscription.started = true;
            items.add(new WatchItem.Started(subscription.from.zxid()));
        }
        int looked = 0;
        while (subscription.next < log.end() && items.size() < subscription.demand && looked < changesMax) {
            Change change = log.get(subscription.next);
            if (subscription.wants(change)) {
                items.add(item(subscription, change, isLastWanted(subscription, subscription.next)));
            }
            subscription.next++;
            looked++;
        }
        if (!items.isEmpty()) {
            send(subscription, items);
        }
        if (subscription.next == log.end()) {
            subscription.live = true;
        } else {
            wake(subscription);
        }
        return Math.max(1, looked);
    }

    /** Whether no later change of the same transaction is wanted. */
    private boolean isLastWanted(Subscription subscription, long sequence) {
        Change change = log.get(sequence);
        for (long at = sequence + 1; !change.last() && at < log.end(); at++) {
            Change next = log.get(at);
            if (!next.zxid().equals(change.zxid())) {
                return true;
            }
            if (subscription.wants(next)) {
                return false;
            }
        }
        return true;
    }

    private void wake(Subscription subscription) {
        if (!subscription.live && subscription.mayBeSent()) {
            catchingUp.add(subscription);
        }
    }

    private void send(Subscription subscription, List<WatchItem> items) {
        subscription.demand -= items.size();
        subscription.lastSent = items.get(items.size() - 1).zxid();
        output.emit(subscription.id, items);
    }

    private void remove(Subscription subscription) {
        byId.remove(subscription.id);
        catchingUp.remove(subscription);
        bucketOf(subscription).remove(subscription);
        interest.remove(subscription);
        Set<Subscription> there = byConnection.get(subscription.connection);
        if (there != null && there.remove(subscription) && there.isEmpty()) {
            byConnection.remove(subscription.connection);
        }
    }

    private Set<Subscription> bucketOf(Subscription subscription) {
        return bookmarkBuckets.get((int) (subscription.id % bookmarkTicks));
    }

    private Refused tooOld(@Nullable String path, Zxid wanted) {
        return new Refused(
                applied,
                ErrorCode.POSITION_TOO_OLD,
                path,
                "the change log of this peer begins after " + log.oldest() + ", not at " + wanted
                        + "; try another peer, or read the state and watch from now",
                null,
                null,
                null,
                log.oldest());
    }

    private static WatchItem item(Subscription subscription, Change change, boolean last) {
        return new WatchItem.Changed(
                change.zxid(),
                change.ordinal(),
                last,
                change.type(),
                change.path(),
                change.stat(),
                subscription.withData ? change.data() : null);
    }
}
