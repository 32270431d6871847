package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.store.StateVisitor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/** A store, and the files beside it, that write down what they are asked to do; each change weighs 100 bytes. */
public final class FakeStore implements StateStore, StateStores {
    /** What was asked, in order: {@code fold 1:3}, {@code commit 1:3}, {@code open FILE}, {@code close FILE} … */
    public final List<String> calls;
    /** Each fold takes a permit. */
    public final Semaphore foldsAllowed = new Semaphore(1_000_000);

    public volatile boolean fails;
    private final String name;
    private StateMeta meta = new StateMeta(Zxid.ZERO, 0, 0);
    private StateMeta folded = meta;
    private long uncommittedBytes;

    public FakeStore() {
        this("state-0", new CopyOnWriteArrayList<>());
    }

    private FakeStore(String name, List<String> calls) {
        this.name = name;
        this.calls = calls;
    }

    @Override
    public StateMeta meta() {
        return meta;
    }

    @Override
    public void load(StateVisitor visitor) {}

    @Override
    public StateChunk read(StateTable table, String fromKey, int bytesMax) {
        calls.add("read " + table + " " + fromKey);
        return StateChunk.of(table, List.of(fromKey), List.of(new byte[] {1}));
    }

    @Override
    public void fold(StateDelta delta) throws IOException {
        foldsAllowed.acquireUninterruptibly();
        if (fails) {
            throw new IOException("the disk is gone");
        }
        calls.add("fold " + delta.applied());
        folded = new StateMeta(delta.applied(), delta.chain(), delta.digest());
        uncommittedBytes += 100L * delta.changes().size();
    }

    @Override
    public long uncommittedBytes() {
        return uncommittedBytes;
    }

    @Override
    public void commit() {
        meta = folded;
        uncommittedBytes = 0;
        calls.add("commit " + meta.applied());
    }

    @Override
    public Pin pin() {
        throw new AssertionError("nobody pins here");
    }

    @Override
    public String fileName() {
        return name;
    }

    @Override
    public void close() {
        calls.add("close " + name);
    }

    @Override
    public StateStore open(String fileName) {
        calls.add("open " + fileName);
        return new FakeStore(fileName, calls);
    }

    @Override
    public StateReceiver receive() {
        throw new AssertionError("nobody transfers here");
    }

    @Override
    public void delete(String fileName) {
        calls.add("delete " + fileName);
    }
}
