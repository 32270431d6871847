package io.fluxkeeper.core.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.Change;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.TreePlan;
import io.fluxkeeper.core.znode.Znode;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.core.znode.ZnodeTree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Watches over a tree, its change log, and a store that has what it was told. One connection, number 7. */
final class WatchScene implements WatchOutput, ChangeLog.Sink {
    static final int BOOKMARK_TICKS = 4;
    static final int STALL_TICKS = 40;
    static final int SUBSCRIPTIONS_MAX = 100;
    static final Watches.Bounds BOUNDS = new Watches.Bounds(SUBSCRIPTIONS_MAX, BOOKMARK_TICKS, STALL_TICKS);
    static final ChangeLog.Hash NO_HASH = (key, bytes, from, length) -> length;

    final Map<Long, List<WatchItem>> got = new HashMap<>();
    final Map<Long, Refused> ended = new HashMap<>();
    final TreeMap<String, byte[]> rows = new TreeMap<>();
    final ChangeLog log;
    final ZnodeTree tree = ZnodeTree.withBuiltIns();
    final Watches watches;
    int emits;
    int reads;
    private @Nullable String asked;
    private long counter;
    private long tick;

    WatchScene() {
        this(BOUNDS, 10_000, 1 << 24);
    }

    WatchScene(Watches.Bounds bounds, int countMax, long bytesMax) {
        log = new ChangeLog(countMax, bytesMax);
        watches = new Watches(bounds, log, tree, Zxid.ZERO, this);
    }

    /** Goes on with what another one's rows were restored to. */
    WatchScene(Watches.Bounds bounds, ChangeLog restored, WatchScene as) {
        log = restored;
        counter = as.counter;
        rows.putAll(as.rows);
        watches = new Watches(bounds, log, tree, as.last(), this);
    }

    @Override
    public void emit(long subscription, List<WatchItem> items) {
        emits++;
        got.computeIfAbsent(subscription, s -> new ArrayList<>()).addAll(items);
    }

    @Override
    public void end(long subscription, Refused why) {
        ended.put(subscription, why);
    }

    @Override
    public void readChanges(String fromKey, int bytesMax) {
        assertThat(asked).as("one read at a time").isNull();
        asked = fromKey;
        reads++;
    }

    @Override
    public void blockGrew(ChangeBlock block, int from, long hash) {
        rows.put(block.key(), Arrays.copyOf(block.bytes(), block.length()));
    }

    @Override
    public void blockLeft(ChangeBlock block) {
        rows.remove(block.key());
    }

    /** The store commits, and what is there need not be in memory. */
    void storeHasAll() {
        log.committed(Zxid.of(1, counter), 0);
    }

    /** @return whether one was waited for */
    boolean answerRead() {
        String from = asked;
        if (from == null) {
            return false;
        }
        asked = null;
        Map<String, byte[]> page = new HashMap<>();
        rows.tailMap(from).entrySet().stream().limit(2).forEach(row -> page.put(row.getKey(), row.getValue()));
        watches.changesRead(page);
        return true;
    }

    void catchUp() {
        do {
            while (watches.hasMoreToDo()) {
                watches.catchUp(3);
            }
        } while (answerRead());
    }

    void ticks(int count) {
        for (int i = 0; i < count; i++) {
            watches.tick(++tick);
        }
    }

    void watch(long id, String path, WatchScope scope, @Nullable ChangePosition from) {
        watches.subscribe(
                7,
                id,
                new ClientRequest.Watch(ZnodePath.of(path), scope, null, null, from, null, false, true, null, null));
    }

    void observe(long id, String path) {
        watches.subscribe(7, id, new ClientRequest.Observe(ZnodePath.of(path), null, null, null, true, null, null));
    }

    void demand(long id, long items) {
        watches.demand(id, items);
        catchUp();
    }

    /** One transaction that seems to change these paths; the tree does not know of it. */
    Zxid happens(String... paths) {
        Zxid zxid = Zxid.of(1, ++counter);
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < paths.length; i++) {
            Stat stat = new Stat(zxid, zxid, 0, 0, 0, 0, 0, SessionId.NONE, 0, 0, zxid);
            changes.add(new Change(
                    zxid,
                    i,
                    i == paths.length - 1,
                    EventType.DATA_CHANGED,
                    ZnodePath.of(paths[i]),
                    stat,
                    null,
                    null,
                    null));
        }
        happened(zxid, changes);
        return zxid;
    }

    Zxid creates(String... paths) {
        return writes(Arrays.stream(paths)
                .map(path -> new Operation.Create(path, bytes("created"), CreateMode.PERSISTENT, null))
                .toArray(Operation[]::new));
    }

    Zxid sets(String path, String data) {
        return writes(new Operation.SetData(ZnodePath.of(path), bytes(data), -1));
    }

    Zxid deletes(String path) {
        return writes(new Operation.Delete(ZnodePath.of(path), -1));
    }

    Zxid writes(Operation... operations) {
        Zxid zxid = Zxid.of(1, ++counter);
        TreePlan plan = tree.plan(zxid, 0, SessionId.NONE, 0);
        assertThat(plan.execute(List.of(operations), true)).isNull();
        tree.install(plan, new NoRows());
        happened(zxid, plan.changes());
        return zxid;
    }

    private static final class NoRows implements ZnodeTree.Sink {
        @Override
        public long znodePut(String path, boolean added, long hashBefore, Znode znode) {
            return 0;
        }

        @Override
        public void znodeRemoved(String path, long hash) {}
    }

    private void happened(Zxid zxid, List<Change> changes) {
        log.append(zxid, changes, NO_HASH, this);
        watches.applied(zxid, changes);
    }

    /** The last transaction. */
    Zxid last() {
        return Zxid.of(1, counter);
    }

    List<WatchItem> items(long id) {
        return got.getOrDefault(id, List.of());
    }

    List<WatchItem.Changed> changed(long id) {
        return items(id).stream()
                .filter(WatchItem.Changed.class::isInstance)
                .map(WatchItem.Changed.class::cast)
                .toList();
    }

    List<String> paths(long id) {
        return changed(id).stream().map(change -> change.path().value()).toList();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
