package io.fluxkeeper.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Zxid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a state store promises, whatever it is made of. */
interface StateStoreContract {
    StateMeta EMPTY = new StateMeta(Zxid.ZERO, 0, 0);

    /** The same ones during a test, at first without a file. */
    StateDirectory stores() throws IOException;

    @Test
    default void aNewStoreHoldsNothing() throws IOException {
        try (StateStore store = newStore()) {
            assertThat(store.meta()).isEqualTo(EMPTY);
            assertThat(rows(store)).isEmpty();
            assertThat(store.uncommittedBytes()).isZero();
        }
    }

    @Test
    default void whatIsCommittedIsThereInAStoreOpenedLater() throws IOException {
        String file;
        try (StateStore store = newStore()) {
            file = store.fileName();
            store.fold(delta(7, put(StateTable.SETTINGS, "limit", "9"), put(StateTable.ZNODES, "/b", "B")));
            store.fold(delta(8, put(StateTable.ZNODES, "/a", "A")));
            assertThat(store.uncommittedBytes()).isPositive();
            store.commit();
            assertThat(store.uncommittedBytes()).isZero();
            assertThat(store.meta()).isEqualTo(meta(8));
        }
        try (StateStore store = stores().open(file)) {
            assertThat(store.meta()).isEqualTo(meta(8));
            assertThat(rows(store)).containsExactly("ZNODES /a=A", "ZNODES /b=B", "SETTINGS limit=9");
        }
    }

    /** '!' sorts before '/'. */
    @Test
    default void aSubtreeIsContiguous() throws IOException {
        try (StateStore store = newStore()) {
            store.fold(delta(
                    1,
                    put(StateTable.ZNODES, "/a!", "2"),
                    put(StateTable.ZNODES, "/a/b", "1"),
                    put(StateTable.ZNODES, "/a", "0")));
            store.commit();
            assertThat(rows(store)).containsExactly("ZNODES /a=0", "ZNODES /a/b=1", "ZNODES /a!=2");
        }
    }

    @Test
    default void readsRowsOfTheLastCommittedVersionFromAKeyOn() throws IOException {
        try (StateStore store = newStore()) {
            store.fold(delta(
                    1,
                    put(StateTable.CHANGES, "0001", "one"),
                    put(StateTable.CHANGES, "0003", "three"),
                    put(StateTable.CHANGES, "0005", "five"),
                    put(StateTable.SETTINGS, "0004", "else")));
            store.commit();
            store.fold(delta(2, put(StateTable.CHANGES, "0004", "later")));

            assertThat(rows(store.read(StateTable.CHANGES, "0002", 1_000)))
                    .containsExactly("CHANGES 0003=three", "CHANGES 0005=five");
            assertThat(rows(store.read(StateTable.CHANGES, "0003", 1))).containsExactly("CHANGES 0003=three");
            assertThat(rows(store.read(StateTable.CHANGES, "0006", 1_000))).isEmpty();
        }
    }

    @Test
    default void whatIsOnlyFoldedIsGoneWithTheStore() throws IOException {
        String file;
        try (StateStore store = newStore()) {
            file = store.fileName();
            store.fold(delta(1, put(StateTable.ZNODES, "/a", "first")));
            store.commit();
            store.fold(delta(2, put(StateTable.ZNODES, "/a", "second"), put(StateTable.ZNODES, "/b", "b")));
            assertThat(rows(store)).containsExactly("ZNODES /a=first");
        }
        try (StateStore store = stores().open(file)) {
            assertThat(store.meta()).isEqualTo(meta(1));
            assertThat(rows(store)).containsExactly("ZNODES /a=first");
        }
    }

    /** Whoever commits by size must not be told a guess: values may become a thousand times as large at any time. */
    @Test
    default void uncommittedBytesAreThoseOfTheKeysAndValuesThatACommitWouldWrite() throws IOException {
        try (StateStore store = newStore()) {
            store.fold(delta(1, added("/a", "0123456789"), added("/b", "x")));
            assertThat(store.uncommittedBytes()).isEqualTo(2 + 10 + 2 + 1);
            store.fold(delta(2, put(StateTable.ZNODES, "/a", "012")));
            assertThat(store.uncommittedBytes()).isEqualTo(2 + 3 + 2 + 1);
            store.fold(delta(3, remove(StateTable.ZNODES, "/a")));
            assertThat(store.uncommittedBytes()).isEqualTo(2 + 1);
        }
    }

    @Test
    default void ofManyChangesOfOneKeyTheLastOneCountsAndIsTheOnlyOneEncoded() throws IOException {
        int[] encoded = {0};
        StateValue counting = out -> {
            encoded[0]++;
            out.writeRaw(bytes("x"), 0, 1);
        };
        try (StateStore store = newStore()) {
            store.fold(delta(1, put(StateTable.ZNODES, "/removed", "r")));
            store.commit();
            for (int i = 2; i < 50; i++) {
                store.fold(delta(i, new StateChange(StateTable.ZNODES, "/hot", counting, 1, false)));
            }
            store.fold(delta(50, remove(StateTable.ZNODES, "/removed"), put(StateTable.ZNODES, "/short", "s")));
            store.fold(delta(51, remove(StateTable.ZNODES, "/short"), remove(StateTable.ZNODES, "/never")));
            store.commit();
            assertThat(rows(store)).containsExactly("ZNODES /hot=x");
            assertThat(encoded[0]).isEqualTo(1);
        }
    }

    @Test
    default void aKeyThatComesAndGoesBetweenTwoVersionsIsNotStoredAndOneThatWasThereIsRemoved() throws IOException {
        try (StateStore store = newStore()) {
            store.fold(delta(1, added("/stored", "s"), added("/brief", "b"), remove(StateTable.ZNODES, "/brief")));
            store.commit();
            assertThat(rows(store)).containsExactly("ZNODES /stored=s");
            store.fold(delta(2, remove(StateTable.ZNODES, "/stored"), added("/stored", "again")));
            store.fold(delta(3, remove(StateTable.ZNODES, "/stored"), added("/brief", "b")));
            store.fold(delta(4, remove(StateTable.ZNODES, "/brief"), added("/brief", "stays")));
            store.commit();
            assertThat(rows(store)).containsExactly("ZNODES /brief=stays");
        }
    }

    @Test
    default void aPinStaysAsItIsWhileNewerVersionsAreMade() throws IOException {
        try (StateStore store = newStore()) {
            fill(store, 1, 300);
            List<String> before = rows(store);
            try (StateStore.Pin pin = store.pin()) {
                Iterator<StateChunk> chunks = pin.chunks(300);
                List<String> seen = new ArrayList<>();
                for (int round = 2; round < 22; round++) {
                    fill(store, round, 300);
                    store.fold(delta(100L * round + 1, remove(StateTable.ZNODES, "/key-" + round)));
                    store.commit();
                    seen.addAll(rows(chunks.next()));
                }
                chunks.forEachRemaining(chunk -> seen.addAll(rows(chunk)));
                assertThat(seen).isEqualTo(before);
                assertThat(pin.meta()).isEqualTo(meta(100));
            }
            assertThat(rows(store)).hasSize(299).doesNotContainAnyElementsOf(before);
        }
    }

    @Test
    default void aStateSentInChunksArrivesWhole() throws IOException {
        String received;
        List<String> sent;
        try (StateStore store = newStore()) {
            fill(store, 1, 200);
            store.fold(delta(101, put(StateTable.SESSIONS, "s1", "session"), put(StateTable.ENDED, "e", "ended")));
            store.commit();
            sent = rows(store);
            StateStores.StateReceiver receiver = stores().receive();
            try (StateStore.Pin pin = store.pin()) {
                Iterator<StateChunk> chunks = pin.chunks(1000);
                while (chunks.hasNext()) {
                    StateChunk chunk = chunks.next();
                    assertThat(chunk.isIntact()).isTrue();
                    receiver.accept(chunk);
                }
                received = receiver.finish(pin.meta());
            }
        }
        try (StateStore store = stores().open(received)) {
            assertThat(rows(store)).isEqualTo(sent).hasSize(202);
            assertThat(store.meta()).isEqualTo(meta(101));
        }
    }

    @Test
    default void aDamagedChunkIsNotTaken() throws IOException {
        StateStores.StateReceiver receiver = stores().receive();
        StateChunk sound = StateChunk.of(StateTable.ZNODES, List.of("/a"), List.of(bytes("A")));
        StateChunk damaged = new StateChunk(StateTable.ZNODES, List.of("/a"), List.of(bytes("B")), sound.crc());
        StateChunk misplaced = new StateChunk(StateTable.ENDED, sound.keys(), sound.values(), sound.crc());
        assertThatThrownBy(() -> receiver.accept(damaged)).isInstanceOf(DamagedStateException.class);
        assertThatThrownBy(() -> receiver.accept(misplaced)).isInstanceOf(DamagedStateException.class);
        receiver.abort();
    }

    @Test
    default void statesOfOneZxidGetNamesOfTheirOwn() throws IOException {
        String first = stores().receive().finish(meta(3));
        String second = stores().receive().finish(meta(3));
        assertThat(first).isEqualTo("state-0000000000000003.mv");
        assertThat(second).isEqualTo("state-0000000000000003-1.mv");
        assertThat(stores().exists(first)).isTrue();
        stores().delete(first);
        stores().delete(first);
        assertThat(stores().exists(first)).isFalse();
        String third = stores().receive().finish(meta(4));
        stores().deleteAllBut(second);
        assertThat(stores().exists(third)).isFalse();
        assertThat(stores().exists(second)).isTrue();
    }

    @Test
    default void whatIsKeptNobodyDeletes() throws IOException {
        String first = stores().receive().finish(meta(3));
        String second = stores().receive().finish(meta(3));
        for (int twice = 0; twice < 2; twice++) {
            assertThat(stores().names()).containsExactlyInAnyOrder(first, second);
            stores().keepAllBut(second);
            stores().deleteAllBut(second);
            assertThat(stores().names()).containsExactly(second);
            assertThat(stores().receive().finish(meta(3))).isEqualTo(first);
        }
        assertThat(stores().exists("kept-" + first)).isTrue();
        assertThat(stores().exists("kept-state-0000000000000003-1.mv")).isTrue();
    }

    @Test
    default void anAbortedTransferLeavesNothing() throws IOException {
        StateStores.StateReceiver receiver = stores().receive();
        receiver.accept(StateChunk.of(StateTable.ZNODES, List.of("/a"), List.of(bytes("A"))));
        receiver.abort();
        assertThat(stores().receive().finish(meta(1))).isEqualTo("state-0000000000000001.mv");
    }

    @Test
    default void aFileThatIsNotThereIsDamage() {
        assertThatThrownBy(() -> stores().open("state-0000000000000009.mv"))
                .isInstanceOf(DamagedStateException.class)
                .hasMessage("there is no state file state-0000000000000009.mv");
    }

    default StateStore newStore() throws IOException {
        return stores().open(stores().receive().finish(EMPTY));
    }

    /** Rows /key-0 and so on, committed at zxid 100 * round. */
    static void fill(StateStore store, int round, int count) throws IOException {
        StateChange[] changes = new StateChange[count];
        for (int i = 0; i < count; i++) {
            changes[i] = put(StateTable.ZNODES, "/key-" + i, "value " + i + " of round " + round);
        }
        store.fold(delta(100L * round, changes));
        store.commit();
    }

    static StateMeta meta(long zxid) {
        return zxid == 0 ? EMPTY : new StateMeta(new Zxid(zxid), zxid * 31, zxid * 17);
    }

    static StateDelta delta(long zxid, StateChange... changes) {
        return new StateDelta(new Zxid(zxid), zxid * 31, zxid * 17, List.of(changes));
    }

    static StateChange put(StateTable table, String key, String value) {
        byte[] bytes = bytes(value);
        return new StateChange(table, key, out -> out.writeRaw(bytes, 0, bytes.length), bytes.length, false);
    }

    private static StateChange added(String key, String value) {
        byte[] bytes = bytes(value);
        return new StateChange(StateTable.ZNODES, key, out -> out.writeRaw(bytes, 0, bytes.length), bytes.length, true);
    }

    static StateChange remove(StateTable table, String key) {
        return new StateChange(table, key, null, 0, false);
    }

    static List<String> rows(StateStore store) throws IOException {
        List<String> rows = new ArrayList<>();
        store.load((table, key, value) -> rows.add(row(table, key, value)));
        return rows;
    }

    static List<String> rows(StateChunk chunk) {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < chunk.keys().size(); i++) {
            rows.add(row(chunk.table(), chunk.keys().get(i), chunk.values().get(i)));
        }
        return rows;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String row(StateTable table, String storedKey, byte[] value) {
        return table + " " + table.keyOf(storedKey) + "=" + new String(value, StandardCharsets.UTF_8);
    }
}
