package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.journal.DiskFiles;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.MvStateStores;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateDirectory;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * MVStore files, damaged while nobody uses them, some times in each way ({@code -Ddamage.files=200} for the long run), and
 * loaded as a peer loads its state at start: either that is refused, or what comes is a version that was committed, to the last bit.
 * A version older than the last is no loss: the journal goes on from its zxid.
 */
class DamagedStateFileTest {
    private static final int FILES = Integer.getInteger("damage.files", 40);
    private static final int BLOCK = 4_096;
    private static final PeerId SELF = new PeerId(1);

    @TempDir
    Path directory;

    private enum Damage {
        BIT {
            @Override
            byte[] strike(byte[] bytes, int position, SplittableRandom random) {
                bytes[position] ^= (byte) (1 << random.nextInt(8));
                return bytes;
            }
        },
        ZEROED_BLOCK {
            @Override
            byte[] strike(byte[] bytes, int position, SplittableRandom random) {
                int from = position / BLOCK * BLOCK;
                Arrays.fill(bytes, from, Math.min(from + BLOCK, bytes.length), (byte) 0);
                return bytes;
            }
        },
        CUT {
            @Override
            byte[] strike(byte[] bytes, int position, SplittableRandom random) {
                return Arrays.copyOf(bytes, position);
            }
        };

        abstract byte[] strike(byte[] bytes, int position, SplittableRandom random);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsLoadedWasCommittedOrNothingIsLoaded(Damage damage) throws IOException {
        TreeMap<Zxid, Long> committed = new TreeMap<>();
        byte[] sound = Files.readAllBytes(directory.resolve(write(committed)));
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            int position = random.nextInt(sound.length);
            String name = "state-damaged.mv"; // the same file each time: what was refused must not stay locked
            Files.write(directory.resolve(name), damage.strike(sound.clone(), position, random));
            try (StateStore store = stores().open(name)) {
                StateMeta meta = store.meta();
                StateMachine.Loader loader = StateMachine.loader();
                store.load(loader);
                StateMachine state = loader.finish(meta);
                assertThat(committed).as("%s at %s", damage, position).containsEntry(state.applied(), state.digest());
            } catch (DamagedStateException found) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    private StateDirectory stores() throws IOException {
        return new MvStateStores(new DiskFiles(directory), SELF);
    }

    /** Several versions, with pages enough that a block is not all of the file. */
    private String write(TreeMap<Zxid, Long> committed) throws IOException {
        StateHarness harness = new StateHarness();
        String received;
        var receiver = stores().receive();
        received = receiver.finish(new StateMeta(Zxid.ZERO, 0, harness.state.digest()));
        committed.put(Zxid.ZERO, harness.state.digest());
        try (StateStore store = stores().open(received)) {
            for (int version = 1; version <= 6; version++) {
                for (int i = 0; i < 60; i++) {
                    fold(store, harness, harness.multi(StateHarness.create("/node-" + version + "-" + i)));
                    fold(store, harness, harness.apply(new Transaction.OpenSession(10_000, new byte[32])));
                }
                store.commit();
                committed.put(harness.state.applied(), harness.state.digest());
            }
            return store.fileName();
        }
    }

    private static void fold(StateStore store, StateHarness harness, Applied applied) throws IOException {
        store.fold(new StateDelta(
                harness.state.applied(), 0, harness.state.digest(), List.copyOf(applied.stateChanges())));
    }
}
