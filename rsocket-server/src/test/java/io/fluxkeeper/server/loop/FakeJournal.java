package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.journal.Journal;
import io.fluxkeeper.core.journal.JournalBatch;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/** A journal that writes down what it is asked to do, takes as long as a test wants, and fails when a test wants. */
public final class FakeJournal implements Journal {
    /** What was asked, in order: {@code append 1 2 3}, {@code idle 1:7}, {@code trim 1:4}, {@code close}. */
    public final List<String> calls = new CopyOnWriteArrayList<>();

    /** Each append takes a permit. */
    public final Semaphore appendsAllowed = new Semaphore(1_000_000);

    public volatile long freeBytes = Long.MAX_VALUE;
    public volatile boolean fails;
    public volatile boolean closingFails;

    @Override
    public void append(List<JournalBatch> batches) throws IOException {
        StringBuilder call = new StringBuilder("append");
        batches.forEach(batch -> call.append(' ').append(batch.number()));
        calls.add(call.toString());
        appendsAllowed.acquireUninterruptibly();
        if (fails) {
            throw new IOException("No space left on device");
        }
    }

    @Override
    public void idle(Zxid committed) {
        calls.add("idle " + committed);
    }

    @Override
    public void trim(Zxid zxid) {
        calls.add("trim " + zxid);
    }

    @Override
    public void distrustState() {
        calls.add("distrust");
    }

    @Override
    public long freeBytes() {
        return freeBytes;
    }

    @Override
    public void close() throws IOException {
        calls.add("close");
        if (closingFails) {
            throw new IOException("Input/output error");
        }
    }
}
