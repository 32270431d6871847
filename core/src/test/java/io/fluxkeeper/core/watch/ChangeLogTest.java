package io.fluxkeeper.core.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.WatchScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The change log as rows: what is kept, what is in memory, and what comes back from the store. */
class ChangeLogTest {
    @Test
    void theLogKeepsWithinItsCountAndItsBytesAndLetsTheOldestGo() {
        WatchScene few = new WatchScene(WatchScene.BOUNDS, 64, 1 << 24);
        WatchScene small = new WatchScene(WatchScene.BOUNDS, 1 << 20, 16 << 10);
        for (int i = 1; i <= 1_000; i++) {
            few.happens("/" + i);
            small.happens("/" + i);
            assertThat(small.rows.values().stream().mapToInt(row -> row.length).sum())
                    .isLessThanOrEqualTo(16 << 10);
        }
        assertThat(few.log.oldest()).isBetween(Zxid.of(1, 1_000 - 64), Zxid.of(1, 1_000 - 56));
        assertThat(few.rows.firstKey()).isGreaterThan(ChangeBlock.keyOf(few.log.oldest()));
        assertThat(few.rows).hasSizeBetween(14, 17);
    }

    @Test
    void aTransactionLargerThanTheLogStaysUntilTheNext() {
        WatchScene tiny = new WatchScene(WatchScene.BOUNDS, 2, 1 << 24);
        tiny.happens("/1", "/2", "/3");
        assertThat(tiny.log.oldest()).isEqualTo(Zxid.ZERO);
        tiny.happens("/4");
        assertThat(tiny.log.oldest()).isEqualTo(Zxid.of(1, 1));
    }

    @Test
    void whatTheStoreHasNotCommittedStaysInMemoryAndOfTheRestTheNewest() {
        WatchScene scene = new WatchScene(WatchScene.BOUNDS, 10_000, 256 << 10); // blocks of 16 KiB
        for (int i = 1; i <= 2_000; i++) {
            scene.happens("/some/path/" + i);
        }
        long all = scene.log.bytesInMemory();
        assertThat(all).isGreaterThan(200_000);
        scene.log.committed(Zxid.of(1, 500), 0);
        assertThat(scene.log.bytesInMemory()).isBetween(all * 70 / 100, all * 85 / 100);
        scene.log.committed(Zxid.of(1, 2_000), 50_000);
        assertThat(scene.log.bytesInMemory()).isBetween(30_000L, 50_000L);
    }

    @Test
    void cursorsReadWhatIsInTheStoreAloneOnePageAtATime() {
        WatchScene scene = new WatchScene(WatchScene.BOUNDS, 10_000, 256 << 10);
        List<String> expected = new ArrayList<>();
        for (int i = 1; i <= 1_900; i++) {
            scene.happens("/" + i);
            expected.add("/" + i);
        }
        scene.storeHasAll();
        for (long id = 1; id <= 50; id++) {
            scene.watch(id, "/", WatchScope.SUBTREE, ChangePosition.after(Zxid.of(1, id * 10)));
            scene.watches.demand(id, Long.MAX_VALUE);
        }
        scene.catchUp();
        for (int id = 1; id <= 50; id++) {
            assertThat(scene.paths(id)).isEqualTo(expected.subList(id * 10, 1_900));
        }
        assertThat(scene.reads).isLessThan(20); // some 12 blocks, two a page: all read the same ones
    }

    @Test
    void aCursorWhoseBlockLeftWhileItWaitedIsToldTheState() {
        WatchScene scene = new WatchScene(WatchScene.BOUNDS, 16, 1 << 24);
        for (int i = 1; i <= 20; i++) {
            scene.happens("/" + i);
        }
        scene.storeHasAll();
        scene.watch(1, "/", WatchScope.ZNODE, ChangePosition.after(Zxid.of(1, 5)));
        scene.watches.demand(1, 100);
        scene.watches.catchUp(100);
        for (int i = 21; i <= 60; i++) {
            scene.happens("/" + i);
        }
        scene.catchUp();
        assertThat(scene.items(1))
                .extracting(item -> item.getClass().getSimpleName())
                .containsExactly("Started", "Reset", "Present", "Exact");
    }

    @Test
    void aLogRestoredFromItsRowsGoesOnAsTheOneThatWroteThem() {
        WatchScene scene = new WatchScene(WatchScene.BOUNDS, 128, 1 << 24);
        for (int i = 1; i <= 300; i++) {
            scene.happens("/" + i, "/a/" + i);
        }
        ChangeLog restored = new ChangeLog(128, 1 << 24);
        for (Map.Entry<String, byte[]> row : scene.rows.entrySet()) {
            long hash = restored.restore(row.getKey(), row.getValue(), WatchScene.NO_HASH);
            assertThat(hash).isEqualTo(scene.log.block(row.getKey()).hash());
        }
        assertThat(restored.oldest()).isEqualTo(scene.log.oldest());
        WatchScene other = new WatchScene(WatchScene.BOUNDS, restored, scene);
        for (int i = 1; i <= 100; i++) {
            scene.happens("/more");
            other.happens("/more");
            assertThat(other.rows.keySet()).isEqualTo(scene.rows.keySet());
            other.rows.forEach((key, row) -> assertThat(row).isEqualTo(scene.rows.get(key)));
        }
    }

    @Test
    void rowsThatMakeNoSenseAreRefusedInWords() {
        WatchScene scene = new WatchScene(WatchScene.BOUNDS, 32, 1 << 24);
        for (int i = 1; i <= 30; i++) {
            scene.happens("/" + i);
        }
        TreeMap<String, byte[]> rows = scene.rows;
        String first = rows.firstKey();
        String second = rows.higherKey(first);
        byte[] value = rows.get(first);
        assertRefused("it begins with 1:1", second, value);
        assertRefused("wanted 8 bytes, 7 are left", first, Arrays.copyOf(value, 7));
        assertRefused("it is empty", first, Arrays.copyOf(value, 8));
        assertRefused("a count of 97 does not fit 96 bytes", first, Arrays.copyOf(value, value.length - 1));
        byte[] tooMany = Arrays.copyOf(value, value.length + rows.get(second).length);
        System.arraycopy(rows.get(second), 8, tooMany, value.length, rows.get(second).length - 8);
        assertRefused("it goes on behind its end", first, tooMany);

        ChangeLog log = new ChangeLog(32, 1 << 24);
        log.restore(first, value, WatchScene.NO_HASH);
        String third = rows.higherKey(second);
        assertThatThrownBy(() -> log.restore(third, rows.get(third), WatchScene.NO_HASH))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("it follows 1:4, and the block before ends at 1:2");
    }

    private static void assertRefused(String message, String key, byte[] value) {
        ChangeLog log = new ChangeLog(32, 1 << 24);
        assertThatThrownBy(() -> log.restore(key, value, WatchScene.NO_HASH))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageStartingWith(message);
    }
}
