package io.fluxkeeper.core.journal;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The real disk: one directory (0700) whose files nobody else may read (0600). */
public final class DiskFiles implements FileSystemPort {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    /** Found once: to find it, Java reads the list of all mounts. */
    private final FileStore fileStore;

    private final boolean posix;

    /**
     * Makes the directory, for its owner only, when it is not there. One that is there keeps the rights that its owner gave
     * it; the files made in it are for their owner only.
     */
    public DiskFiles(Path directory) throws IOException {
        this.directory = directory;
        boolean made = !Files.exists(directory);
        Files.createDirectories(directory);
        this.fileStore = Files.getFileStore(directory);
        this.posix = fileStore.supportsFileAttributeView("posix");
        if (posix && made) {
            Files.setPosixFilePermissions(directory, OWNER_DIRECTORY);
        }
    }

    /** Makes an empty file with the rights that everything in a data directory has. */
    public void createEmpty(String name) throws IOException {
        Files.createFile(directory.resolve(name), ownerOnly());
    }

    public Path path(String name) {
        return directory.resolve(name);
    }

    @Override
    public String location() {
        return directory.toString();
    }

    @Override
    public List<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public OpenFile open(String name) throws IOException {
        return new DiskFile(
                FileChannel.open(directory.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public OpenFile create(String name) throws IOException {
        createEmpty(name);
        return open(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void syncDirectory() throws IOException {
        if (posix) {
            // Only POSIX systems can open a directory; elsewhere the file system orders its own metadata.
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    @Override
    public long freeBytes() throws IOException {
        return fileStore.getUsableSpace();
    }

    @Override
    public @Nullable Closeable tryLock(String name) throws IOException {
        try {
            createEmpty(name);
        } catch (FileAlreadyExistsException left) {
            // A lock file stays behind on purpose: what counts is who holds the lock on it.
        }
        FileChannel channel = FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE);
        FileLock lock = lockOrNull(channel);
        if (lock == null) {
            channel.close();
            return null;
        }
        return channel;
    }

    private static @Nullable FileLock lockOrNull(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    private FileAttribute<?>[] ownerOnly() {
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    /** @param channel owned by this file */
    private record DiskFile(FileChannel channel) implements OpenFile {
        @Override
        public void write(long position, ByteBuffer bytes) throws IOException {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        }

        @Override
        public byte[] read(long position, int length) throws IOException {
            int available = (int) Math.max(0, Math.min(length, channel.size() - position));
            ByteBuffer bytes = ByteBuffer.allocate(available);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + bytes.position()) < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
            }
            return bytes.array();
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
