package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.store.StateVisitor;
import io.fluxkeeper.server.TestThreads;
import io.fluxkeeper.server.loop.StoreTasks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/** A store thread over files that are maps in memory; counts what is open, and fails what leaves its thread. */
final class TestStores implements StoreTasks, StateStores, AutoCloseable {
    final SortedMap<String, SortedMap<String, byte[]>> files = new ConcurrentSkipListMap<>();
    final AtomicInteger openPins = new AtomicInteger();
    final AtomicInteger openReceivers = new AtomicInteger();
    final AtomicInteger chunksRead = new AtomicInteger();
    final List<String> installed = new ArrayList<>();
    volatile String failure = "";
    volatile boolean diskFull;
    private volatile CountDownLatch holdNext;

    private final ExecutorService thread = TestThreads.single("test-store");
    private final TestStore inUse = new TestStore();
    private StateMeta meta = new StateMeta(Zxid.ZERO, 0, 0);

    /** Fills the store in use with rows of about a hundred bytes. */
    StateMeta fill(int rows, Zxid applied) {
        SortedMap<String, byte[]> state = new TreeMap<>();
        for (int row = 0; row < rows; row++) {
            byte[] value = new byte[100];
            value[row % 100] = (byte) row;
            state.put(String.format("/row/%07d", row), value);
        }
        return fill(state, applied);
    }

    /** Makes those rows the store in use. */
    StateMeta fill(SortedMap<String, byte[]> state, Zxid applied) {
        files.put("in-use", state);
        meta = new StateMeta(applied, 17, digest(state));
        return meta;
    }

    static long digest(SortedMap<String, byte[]> state) {
        long digest = 0;
        for (var row : state.entrySet()) {
            digest += crc(StateTable.ZNODES, List.of(row.getKey()), List.of(row.getValue())) * 31L;
        }
        return digest;
    }

    private static int crc(StateTable table, List<String> keys, List<byte[]> values) {
        BinaryWriter out = new BinaryWriter().writeByte(table.ordinal());
        for (int row = 0; row < keys.size(); row++) {
            out.writeString(keys.get(row)).writeBytes(values.get(row));
        }
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.size());
        return (int) crc.getValue();
    }

    /** Waits until everything handed over so far has been done. */
    void settle() {
        CountDownLatch done = new CountDownLatch(1);
        execute((store, all) -> done.countDown());
        TestPeer.await().until(() -> done.getCount() == 0);
    }

    /** The store thread runs one more task, then waits for the latch. */
    CountDownLatch holdAfterNext() {
        CountDownLatch latch = new CountDownLatch(1);
        holdNext = latch;
        return latch;
    }

    @Override
    public void execute(StoreTask task) {
        try {
            thread.execute(() -> {
                try {
                    task.run(inUse, this);
                    holdIfAsked();
                } catch (IOException | InterruptedException | RuntimeException | Error escaped) {
                    failure = escaped.toString();
                }
            });
        } catch (RejectedExecutionException ended) {
            // Dropped in silence, as the contract says.
        }
    }

    private void holdIfAsked() throws InterruptedException {
        CountDownLatch latch = holdNext;
        holdNext = null;
        if (latch != null) {
            latch.await();
        }
    }

    @Override
    public void install(String fileName) {
        execute((store, all) -> installed.add(fileName));
    }

    @Override
    public StateStore open(String fileName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public StateReceiver receive() throws IOException {
        if (diskFull) {
            throw new IOException("no space left");
        }
        openReceivers.incrementAndGet();
        return new Receiver("received-" + files.size());
    }

    @Override
    public void delete(String fileName) {
        files.remove(fileName);
    }

    @Override
    public void close() {
        thread.shutdown();
    }

    private static void requireStoreThread() {
        if (!Thread.currentThread().getName().equals("test-store")) {
            throw new IllegalStateException("the store was touched by " + Thread.currentThread());
        }
    }

    private final class Receiver implements StateReceiver {
        private final String name;
        private final SortedMap<String, byte[]> rows = new TreeMap<>();

        Receiver(String name) {
            this.name = name;
            files.put(name, rows);
        }

        @Override
        public void accept(StateChunk chunk) throws IOException {
            requireStoreThread();
            if (chunk.crc() != crc(chunk.table(), chunk.keys(), chunk.values())) {
                throw new DamagedStateException("a chunk does not match its CRC");
            }
            for (int row = 0; row < chunk.keys().size(); row++) {
                rows.put(chunk.keys().get(row), chunk.values().get(row));
            }
        }

        @Override
        public String finish(StateMeta finished) {
            requireStoreThread();
            openReceivers.decrementAndGet();
            return name;
        }

        @Override
        public void abort() {
            requireStoreThread();
            openReceivers.decrementAndGet();
            files.remove(name);
        }
    }

    private final class TestStore implements StateStore {
        @Override
        public StateMeta meta() {
            return meta;
        }

        @Override
        public Pin pin() {
            requireStoreThread();
            openPins.incrementAndGet();
            return new TestPin();
        }

        @Override
        public void load(StateVisitor visitor) {
            throw new UnsupportedOperationException();
        }

        @Override
        public StateChunk read(StateTable table, String fromKey, int bytesMax) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void fold(StateDelta delta) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long uncommittedBytes() {
            return 0;
        }

        @Override
        public void commit() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String fileName() {
            return "in-use";
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }
    }

    private final class TestPin implements StateStore.Pin {
        private boolean closed;

        @Override
        public StateMeta meta() {
            return meta;
        }

        @Override
        public Iterator<StateChunk> chunks(int chunkBytes) {
            var rows = files.get("in-use").entrySet().iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return rows.hasNext();
                }

                @Override
                public StateChunk next() {
                    requireStoreThread();
                    if (closed) {
                        throw new IllegalStateException("read after the pin was closed");
                    }
                    List<String> keys = new ArrayList<>();
                    List<byte[]> values = new ArrayList<>();
                    for (int bytes = 0; bytes < chunkBytes && rows.hasNext(); ) {
                        var row = rows.next();
                        keys.add(row.getKey());
                        values.add(row.getValue());
                        bytes += row.getKey().length() + row.getValue().length;
                    }
                    chunksRead.incrementAndGet();
                    return new StateChunk(StateTable.ZNODES, keys, values, crc(StateTable.ZNODES, keys, values));
                }
            };
        }

        @Override
        public void close() {
            requireStoreThread();
            if (closed) {
                throw new IllegalStateException("closed twice");
            }
            closed = true;
            openPins.decrementAndGet();
        }
    }
}
