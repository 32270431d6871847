package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A journal with the history that it should hold, for tests to compare. */
final class TestJournal implements AutoCloseable {
    static final PeerId SELF = new PeerId(1);
    /** So small that a few dozen entries fill it. */
    static final JournalSettings SMALL = new JournalSettings(4096, 1024);

    final JournalRecovery found;
    final FileJournal journal;
    final List<Entry> history = new ArrayList<>();
    private Zxid last;
    private long chain;
    private Zxid committed;
    private long number;

    private TestJournal(FileSystemPort files, JournalRecovery found) throws IOException {
        this.found = found;
        if (found.stateFile().isEmpty()) {
            found.useStateFile("state-0.mv");
        }
        this.journal = FileJournal.start(files, SMALL, found);
        this.history.addAll(found.entries());
        this.last = found.last();
        this.chain = history.isEmpty()
                ? found.baseChain()
                : history.get(history.size() - 1).chain();
        this.committed = found.committed();
        this.number = journal.lastNumber();
    }

    static TestJournal open(FileSystemPort files) throws IOException {
        return new TestJournal(files, read(files));
    }

    static TestJournal openAcceptingLoss(FileSystemPort files) throws IOException {
        return new TestJournal(files, JournalRecovery.read(files, SELF, false, true));
    }

    /** Only reads, as the first step of a start does. */
    static JournalRecovery read(FileSystemPort files) throws IOException {
        return JournalRecovery.read(files, SELF, false, false);
    }

    /** A founded peer of ensemble 77. */
    static TestJournal founded(FileSystemPort files) throws IOException {
        TestJournal opened = open(files);
        opened.append(List.of(new DurableRecord.MembershipMark(Membership.FOUNDED, 77)));
        return opened;
    }

    static byte[] payload(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** One batch, made durable alone. */
    void append(List<DurableRecord> records) throws IOException {
        append(batch(records));
    }

    void append(JournalBatch... group) throws IOException {
        journal.append(List.of(group));
    }

    /** One batch with one entry after the last, made durable alone. */
    Entry appendEntry(String payload) throws IOException {
        Entry entry = next(payload);
        append(List.of(new DurableRecord.Append(entry)));
        return entry;
    }

    void appendEntries(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            appendEntry("an entry of a usual length, number " + i);
        }
    }

    /** The next entry of the history; the caller appends it. */
    Entry next(String payload) {
        return next(last.epoch() == 0 ? Zxid.of(1, 1) : last.next(), payload);
    }

    Entry next(Zxid zxid, String payload) {
        Entry entry = Entry.after(last, chain, zxid, payload(payload));
        history.add(entry);
        last = zxid;
        chain = entry.chain();
        return entry;
    }

    JournalBatch batch(List<DurableRecord> records) {
        return new JournalBatch(++number, committed, records);
    }

    void truncateAfter(Zxid zxid) throws IOException {
        history.removeIf(entry -> entry.zxid().isAfter(zxid));
        last = zxid;
        chain = history.isEmpty()
                ? ChainHash.EMPTY
                : history.get(history.size() - 1).chain();
        append(List.of(new DurableRecord.TruncateAfter(zxid)));
    }

    void install(String file, Zxid zxid, long newChain) throws IOException {
        history.clear();
        last = zxid;
        chain = newChain;
        append(List.of(new DurableRecord.StateInstalled(file, zxid, newChain, 5)));
    }

    void setCommitted(Zxid zxid) {
        committed = zxid;
    }

    Zxid last() {
        return last;
    }

    long chain() {
        return chain;
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }

    static List<String> segments(FileSystemPort files) throws IOException {
        return files.list().stream().filter(Segment::isName).toList();
    }

    static List<String> texts(List<Entry> entries) {
        return entries.stream()
                .map(entry -> entry.zxid() + " " + new String(entry.payload(), StandardCharsets.UTF_8))
                .toList();
    }
}
