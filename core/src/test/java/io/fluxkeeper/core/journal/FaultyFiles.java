package io.fluxkeeper.core.journal;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that does to its files what bad luck does to real ones. A write is visible at once and durable
 * after {@code force}; a crash keeps any of the writes between, in any combination, and may cut one short. Creations,
 * renames and deletions are durable in order, after {@code syncDirectory}.
 */
public final class FaultyFiles implements FileSystemPort {
    private TreeMap<String, Content> visible = new TreeMap<>();
    private TreeMap<String, Content> durable = new TreeMap<>();
    private final List<TreeMap<String, Content>> unsyncedDirectories = new ArrayList<>();
    private long freeBytes = Long.MAX_VALUE;
    private int forcesUntilFailure = Integer.MAX_VALUE;
    private int deletionsUntilDeath = Integer.MAX_VALUE;
    private int forces;
    private int generation;
    private boolean locked;

    /** The machine loses power: of what was not synced, chance keeps some. Open files are dead. */
    public void crash(RandomGenerator random) {
        if (!unsyncedDirectories.isEmpty()) {
            int kept = random.nextInt(unsyncedDirectories.size() + 1);
            durable = kept == 0 ? durable : unsyncedDirectories.get(kept - 1);
        }
        unsyncedDirectories.clear();
        for (Content content : durable.values()) {
            content.crash(random);
        }
        visible = new TreeMap<>(durable);
        die();
    }

    /** The process dies, the machine stays up: nothing is lost, and nothing becomes durable. Open files are dead. */
    public void die() {
        generation++;
        locked = false;
        forcesUntilFailure = Integer.MAX_VALUE;
        deletionsUntilDeath = Integer.MAX_VALUE;
        freeBytes = Long.MAX_VALUE;
    }

    /** The {@code n}-th force from now on fails, and what it was to make durable may be lost. */
    public void failForce(int n) {
        forcesUntilFailure = n;
    }

    /** The process is dead before it comes to its {@code n}-th deletion from now on. */
    public void dieBeforeDeletion(int n) {
        deletionsUntilDeath = n;
    }

    /** Writes that make files longer take from this, and fail at its end. */
    public void setFreeBytes(long bytes) {
        freeBytes = bytes;
    }

    /** Flips a bit, on the disk and in what is read from it. */
    public void flipBit(String name, long position, int bit) {
        Content content = visible.get(name);
        content.seen[(int) position] ^= (byte) (1 << bit);
        if (position < content.syncedSize) {
            content.synced[(int) position] ^= (byte) (1 << bit);
        }
    }

    /** Zeroes a block, on the disk and in what is read from it. */
    public void zero(String name, int from, int to) {
        Content content = visible.get(name);
        Arrays.fill(content.seen, from, Math.min(to, content.size), (byte) 0);
        Arrays.fill(content.synced, Math.min(from, content.syncedSize), Math.min(to, content.syncedSize), (byte) 0);
    }

    /** Whether nothing was ever made here, or all of it is gone. */
    public boolean isEmpty() {
        return visible.isEmpty();
    }

    /** Cuts a file as a bad repair would. */
    public void cut(String name, long size) throws IOException {
        try (OpenFile file = open(name)) {
            file.truncate(size);
            file.force();
        }
    }

    public byte[] bytes(String name) {
        Content content = visible.get(name);
        return Arrays.copyOf(content.seen, content.size);
    }

    /** How often something was forced, files and directory together. */
    public int forces() {
        return forces;
    }

    @Override
    public String location() {
        return "memory";
    }

    @Override
    public List<String> list() {
        return List.copyOf(visible.keySet());
    }

    @Override
    public OpenFile open(String name) throws IOException {
        Content content = visible.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        return new Handle(content, generation);
    }

    @Override
    public OpenFile create(String name) throws IOException {
        if (visible.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        visible.put(name, new Content());
        directoryChanged();
        return open(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Content content = visible.remove(from);
        if (content == null) {
            throw new FileNotFoundException(from);
        }
        visible.put(to, content);
        directoryChanged();
    }

    @Override
    public void delete(String name) throws IOException {
        if (--deletionsUntilDeath == 0) {
            die();
            throw new IOException("killed");
        }
        visible.remove(name);
        directoryChanged();
    }

    @Override
    public void syncDirectory() throws IOException {
        countForce();
        durable = new TreeMap<>(visible);
        unsyncedDirectories.clear();
    }

    @Override
    public long freeBytes() {
        return freeBytes;
    }

    @Override
    public @Nullable Closeable tryLock(String name) {
        if (locked) {
            return null;
        }
        locked = true;
        int held = generation;
        return () -> locked = locked && held != generation;
    }

    private void directoryChanged() {
        unsyncedDirectories.add(new TreeMap<>(visible));
    }

    private void countForce() throws IOException {
        forces++;
        if (--forcesUntilFailure == 0) {
            throw new IOException("Input/output error");
        }
    }

    /** @param bytes null for a truncation to {@code position} */
    private record Change(int position, byte @Nullable [] bytes) {}

    private static final class Content {
        private byte[] seen = new byte[0];
        private int size;
        private byte[] synced = new byte[0];
        private int syncedSize;
        private final List<Change> unsynced = new ArrayList<>();

        void change(Change change) {
            seen = applied(seen, size, change);
            size = sizeAfter(size, change);
            unsynced.add(change);
        }

        void sync() {
            for (Change change : unsynced) {
                synced = applied(synced, syncedSize, change);
                syncedSize = sizeAfter(syncedSize, change);
            }
            unsynced.clear();
        }

        void crash(RandomGenerator random) {
            List<Change> kept = new ArrayList<>();
            int luck = random.nextInt(4);
            for (Change change : unsynced) {
                if (luck == 0 || luck == 1 && random.nextBoolean()) {
                    kept.add(change);
                } else if (luck == 2 && change.bytes() != null && random.nextBoolean()) {
                    int torn = random.nextInt(change.bytes().length + 1);
                    kept.add(new Change(change.position(), Arrays.copyOf(change.bytes(), torn)));
                }
            }
            unsynced.clear();
            unsynced.addAll(kept);
            sync();
            seen = synced.clone();
            size = syncedSize;
        }

        private static byte[] applied(byte[] image, int size, Change change) {
            byte[] bytes = change.bytes();
            if (bytes == null) {
                if (change.position() < size) {
                    Arrays.fill(image, change.position(), size, (byte) 0);
                }
                return image;
            }
            int end = change.position() + bytes.length;
            byte[] grown = end > image.length ? Arrays.copyOf(image, Math.max(end, image.length * 2)) : image;
            System.arraycopy(bytes, 0, grown, change.position(), bytes.length);
            return grown;
        }

        private static int sizeAfter(int size, Change change) {
            byte[] bytes = change.bytes();
            return bytes == null ? Math.min(size, change.position()) : Math.max(size, change.position() + bytes.length);
        }
    }

    private final class Handle implements OpenFile {
        private final Content content;
        private final int born;
        private boolean closed;

        Handle(Content content, int born) {
            this.content = content;
            this.born = born;
        }

        @Override
        public void write(long position, ByteBuffer bytes) throws IOException {
            requireAlive();
            long growth = Math.max(0, position + bytes.remaining() - content.size);
            if (growth > freeBytes) {
                throw new IOException("No space left on device");
            }
            freeBytes -= growth;
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            content.change(new Change((int) position, copy));
        }

        @Override
        public byte[] read(long position, int length) throws IOException {
            requireAlive();
            int end = (int) Math.min(content.size, position + length);
            return Arrays.copyOfRange(content.seen, (int) Math.min(position, end), end);
        }

        @Override
        public void force() throws IOException {
            requireAlive();
            countForce();
            content.sync();
        }

        @Override
        public long size() throws IOException {
            requireAlive();
            return content.size;
        }

        @Override
        public void truncate(long size) throws IOException {
            requireAlive();
            if (size < content.size) {
                content.change(new Change((int) size, null));
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        private void requireAlive() throws IOException {
            if (closed || born != generation) {
                throw new IOException("the file is closed");
            }
        }
    }
}
