package io.fluxkeeper.core.store;

import static io.fluxkeeper.core.store.StateStoreContract.bytes;
import static io.fluxkeeper.core.store.StateStoreContract.delta;
import static io.fluxkeeper.core.store.StateStoreContract.fill;
import static io.fluxkeeper.core.store.StateStoreContract.meta;
import static io.fluxkeeper.core.store.StateStoreContract.put;
import static io.fluxkeeper.core.store.StateStoreContract.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.journal.DataDirectoryException;
import io.fluxkeeper.core.journal.DiskFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The store in MVStore files, and what is done about the weaknesses of MVStore. */
class MvStateStoresTest implements StateStoreContract {
    @TempDir
    Path directory;

    @Override
    public StateDirectory stores() throws IOException {
        return storesOf(1);
    }

    private StateDirectory storesOf(int peer) throws IOException {
        return new MvStateStores(new DiskFiles(directory), new PeerId(peer));
    }

    @Test
    void aFlippedBitOfAValueIsFoundWhenTheStateIsLoaded() throws IOException {
        String file = write("a value that is easy to find");
        flip(file, indexOf(Files.readAllBytes(directory.resolve(file)), "easy to find"));
        try (StateStore store = stores().open(file)) {
            assertThatThrownBy(() -> rows(store))
                    .isInstanceOf(DamagedStateException.class)
                    .hasMessage("the value of ZNODES '/a' is not what was written");
        }
    }

    @Test
    void aFlippedBitOfAValueIsFoundBeforeItIsSentToAnotherPeer() throws IOException {
        String file = write("a value that is easy to find");
        flip(file, indexOf(Files.readAllBytes(directory.resolve(file)), "easy to find"));
        try (StateStore store = stores().open(file);
                StateStore.Pin pin = store.pin()) {
            Iterator<StateChunk> chunks = pin.chunks(100);
            assertThatThrownBy(chunks::next)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(DamagedStateException.class);
        }
    }

    @Test
    void noFlippedBitEverGivesARowThatWasNotWritten() throws IOException {
        Set<String> written = new HashSet<>();
        String file;
        try (StateStore store = newStore()) {
            file = store.fileName();
            for (int round = 1; round < 4; round++) {
                fill(store, round, 200);
                written.addAll(rows(store));
            }
        }
        byte[] sound = Files.readAllBytes(directory.resolve(file));
        SplittableRandom random = new SplittableRandom(5);
        int refused = 0;
        for (int flip = 0; flip < 80; flip++) {
            byte[] flipped = sound.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            String name = "state-flipped.mv";
            Files.write(directory.resolve(name), flipped);
            try (StateStore store = stores().open(name)) {
                assertThat(written).containsAll(rows(store));
            } catch (DamagedStateException found) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void aFileThatIsNoMvStoreIsDamage() throws IOException {
        Files.write(directory.resolve("state-1.mv"), bytes("not a store ".repeat(1000)));
        assertThatThrownBy(() -> stores().open("state-1.mv")).isInstanceOf(DamagedStateException.class);
        Files.write(directory.resolve("state-2.mv"), new byte[0]);
        assertThatThrownBy(() -> stores().open("state-2.mv"))
                .isInstanceOf(DamagedStateException.class)
                .hasMessage("state-2.mv holds no finished state");
    }

    @Test
    void aCommitOfAnInterruptedThreadSaysThatItFailed() throws IOException {
        String file;
        try (StateStore store = newStore()) {
            file = store.fileName();
            store.fold(delta(1, put(StateTable.ZNODES, "/a", "A")));
            store.commit();
            store.fold(delta(2, put(StateTable.ZNODES, "/a", "B")));
            Thread.currentThread().interrupt();
            assertThatThrownBy(store::commit).isInstanceOf(IOException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(store.meta()).isEqualTo(meta(1));
        }
        try (StateStore store = stores().open(file)) {
            assertThat(rows(store)).hasSize(1);
        }
    }

    @Test
    void anotherPeersStateIsRefused() throws IOException {
        String file = write("x");
        assertThatThrownBy(() -> storesOf(2).open(file))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The state file " + file + " belongs to peer 1, and this is peer 2:"
                        + " correct the peer id or the data directory.");
    }

    @ParameterizedTest
    @CsvSource({"1, an older", "3, a newer"})
    void aStateOfAnotherFormatIsRefused(int format, String version) throws Exception {
        String file = write("x");
        try (MVStore raw = MVStore.open(directory.resolve(file).toString())) {
            MVMap<String, byte[]> meta = raw.openMap(
                    MvStateStore.META_MAP,
                    new MVMap.Builder<String, byte[]>()
                            .keyType(new CheckedTypes.Keys())
                            .valueType(new CheckedTypes.Values()));
            byte[] stored = Objects.requireNonNull(meta.get(MvStateStore.META_KEY));
            byte[] value = StoredRow.decode(StateTable.SETTINGS, MvStateStore.META_KEY, stored);
            value[3] = (byte) format;
            meta.put(MvStateStore.META_KEY, StoredRow.encode(StateTable.SETTINGS, MvStateStore.META_KEY, value));
        }

        assertThatThrownBy(() -> stores().open(file))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The state file " + file + " has format " + format + "; this version reads 2: start "
                        + version + " version.");
    }

    @Test
    void aStateInUseIsRefused() throws IOException {
        try (StateStore store = newStore()) {
            assertThatThrownBy(() -> stores().open(store.fileName()))
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessageEndingWith(" is in use by another process: stop that one first.");
        }
    }

    @Test
    void nobodyElseMayReadAStateFile() throws IOException {
        String file = write("x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(file))))
                .isEqualTo("rw-------");
    }

    @Test
    void whatATransferLeftBehindIsDeletedAtTheNextStart() throws IOException {
        String file = write("x");
        stores().receive();
        assertThat(new DiskFiles(directory).list()).hasSize(2);
        stores().deleteAllBut(file);
        assertThat(new DiskFiles(directory).list()).isEqualTo(List.of(file));
    }

    /** One row, /a. */
    private String write(String value) throws IOException {
        try (StateStore store = newStore()) {
            store.fold(delta(1, put(StateTable.ZNODES, "/a", value)));
            store.commit();
            return store.fileName();
        }
    }

    private void flip(String file, int position) throws IOException {
        byte[] content = Files.readAllBytes(directory.resolve(file));
        content[position] ^= 1;
        Files.write(directory.resolve(file), content);
    }

    private static int indexOf(byte[] content, String text) {
        byte[] wanted = bytes(text);
        for (int at = 0; at <= content.length - wanted.length; at++) {
            if (Arrays.equals(content, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        throw new AssertionError("not in the file: " + text);
    }
}
