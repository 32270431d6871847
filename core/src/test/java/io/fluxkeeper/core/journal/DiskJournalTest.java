package io.fluxkeeper.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal on a real disk. */
class DiskJournalTest implements JournalContract {
    @TempDir
    Path directory;

    @Override
    public FileSystemPort files() throws IOException {
        return new DiskFiles(directory.resolve("data"));
    }

    @Test
    void nobodyElseMayReadTheDirectoryOrAFileInIt() throws IOException {
        FileSystemPort files = files();
        TestJournal.founded(files).close();
        Path data = directory.resolve("data");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                .isEqualTo("rwx------");
        for (String name : files.list()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aDirectoryIsLockedUntilItIsGivenFree() throws IOException {
        FileSystemPort files = files();
        Closeable lock = files.tryLock("peer.lock");
        assertThat(lock).isNotNull();
        assertThat(files.tryLock("peer.lock")).isNull();
        lock.close();
        Closeable again = files.tryLock("peer.lock");
        assertThat(again).isNotNull();
        again.close();
    }
}
