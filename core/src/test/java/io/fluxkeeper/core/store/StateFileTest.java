package io.fluxkeeper.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.WriteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
    @TempDir
    Path directory;

    private StateFile file;
    private MVStore store;

    @BeforeEach
    void open() {
        file = StateFile.open(directory.resolve("state"));
        store = new MVStore.Builder().adoptFileStore(file).autoCommitDisabled().open();
    }

    @AfterEach
    void close() {
        store.closeImmediately();
    }

    @Test
    void aLargeCommitDoesNotGrowItsBufferAnew() {
        write(10 << 20);
        write(10 << 20);

        assertThat(bytesKept()).isGreaterThanOrEqualTo(10 << 20);
        write(100);
        assertThat(bytesKept()).isGreaterThanOrEqualTo(10 << 20);
    }

    @Test
    void noMoreThanTheBoundIsKept() {
        write(40 << 20);
        write(100);
        assertThat(bytesKept()).isEqualTo(StateFile.KEPT_BYTES_MAX);

        write(40 << 20);
        assertThat(bytesKept()).isEqualTo(StateFile.KEPT_BYTES_MAX);
    }

    @Test
    void twoAtATimeAreTwo() {
        write(100); // is kept
        WriteBuffer one = file.getWriteBuffer();
        assertThat(file.getWriteBuffer()).isNotSameAs(one);
    }

    private void write(int bytes) {
        WriteBuffer buffer = file.getWriteBuffer();
        buffer.put(new byte[bytes]);
        file.releaseWriteBuffer(buffer);
    }

    /** That the next commit finds; it is kept, so that it is the same when asked again. */
    private int bytesKept() {
        WriteBuffer buffer = file.getWriteBuffer();
        int capacity = buffer.capacity();
        file.releaseWriteBuffer(buffer);
        assertThat(file.getWriteBuffer()).isSameAs(buffer);
        file.releaseWriteBuffer(buffer);
        return capacity;
    }
}
