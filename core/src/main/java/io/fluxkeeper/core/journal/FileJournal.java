package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The journal in segment files; formats and order of writes are in {@code core/docs/storage.md}. */
public final class FileJournal implements Journal {
    private static final byte[] NO_HEADER = new byte[BatchHeader.BYTES];

    private final FileSystemPort files;
    private final JournalSettings settings;
    private final int self;
    private final Sidecar sidecar;
    private final List<Segment> segments;
    /** Batches of the group in hand, for the current segment; reused. */
    private final BinaryWriter pending = new BinaryWriter(64 << 10);

    private final ByteBuffer buffer = SegmentWriter.newBuffer();

    private SegmentWriter writer;
    private HardState state;
    private long lastNumber;
    private int lastCrc;
    private long durable;
    private boolean hardStateChanged;
    private boolean failed;

    private FileJournal(FileSystemPort files, JournalSettings settings, JournalRecovery found) throws IOException {
        JournalContents contents = found.contents();
        this.files = files;
        this.settings = settings;
        this.self = found.self().value();
        this.segments = new ArrayList<>(contents.segments());
        this.state = found.state();
        this.lastNumber = found.highestNumber();
        this.lastCrc = contents.lastCrc();
        this.durable = contents.lastNumber();
        makeDurable(contents);
        SegmentStart start = new SegmentStart(contents.lastNumber(), found.reset(), state);
        this.writer = newSegment(start, List.of(), BatchHeader.BYTES * 4L);
        writer.write(pending);
        durable = lastNumber;
        this.sidecar = Sidecar.open(files, found.self(), found.newestSlot());
        sidecar.write(durable, state);
        sidecar.force();
        clean(contents);
    }

    /**
     * Begins to write where {@code found} ends. One batch is written at once, with what is in force and what recovery
     * decided; its number is {@link #lastNumber}. Only after it is durable is anything void removed, so that a crash
     * at any point leaves what the next start reads the same way.
     */
    public static FileJournal start(FileSystemPort files, JournalSettings settings, JournalRecovery found)
            throws IOException {
        return new FileJournal(files, settings, found);
    }

    /** The number of the last batch; the next one appended has the number after it. */
    public long lastNumber() {
        return lastNumber;
    }

    @Override
    public void append(List<JournalBatch> batches) throws IOException {
        begin();
        for (JournalBatch batch : batches) {
            Invariant.check(batch.number() == lastNumber + 1, "batch %s after batch %s", batch.number(), lastNumber);
            add(batch);
        }
        writer.write(pending);
        durable = lastNumber;
        sidecar.write(durable, state);
        if (hardStateChanged) {
            sidecar.force();
            hardStateChanged = false;
        }
        failed = false;
    }

    @Override
    public void idle(Zxid committed) throws IOException {
        begin();
        if (committed.isAfter(state.committed())) {
            state = state.withCommitted(committed);
            sidecar.write(durable, state);
        }
        sidecar.force();
        writer.prepare();
        failed = false;
    }

    @Override
    public void trim(Zxid zxid) throws IOException {
        begin();
        int keepFrom = firstToKeep(zxid);
        for (Segment segment : segments.subList(0, keepFrom)) {
            files.delete(segment.name());
        }
        segments.subList(0, keepFrom).clear();
        if (keepFrom > 0) {
            files.syncDirectory();
        }
        failed = false;
    }

    @Override
    public void distrustState() throws IOException {
        begin();
        DistrustedState.note(files);
        failed = false;
    }

    @Override
    public long freeBytes() throws IOException {
        return files.freeBytes();
    }

    @Override
    public void close() throws IOException {
        try (sidecar;
                SegmentWriter closing = writer) {
            if (!failed) {
                sidecar.force();
                closing.cut();
            }
        }
    }

    /** Until the caller gets through, something has failed: then nothing may be written any more. */
    private void begin() {
        Invariant.check(!failed, "the journal is used after an error");
        failed = true;
    }

    private void add(JournalBatch batch) throws IOException {
        long bytesMax = BatchBody.bytesMax(batch.records());
        state = state.withCommitted(Zxid.max(state.committed(), batch.committed()));
        if (!writer.hasRoom(pending.size() + bytesMax)) {
            writer.write(pending);
            durable = lastNumber;
            writer.close();
            writer = newSegment(new SegmentStart(lastNumber, false, state), batch.records(), bytesMax);
        } else {
            encode(null, batch.records());
        }
    }

    private SegmentWriter newSegment(SegmentStart start, List<DurableRecord> records, long bytesMax)
            throws IOException {
        Segment segment = new Segment(Segment.nameOf(lastNumber + 1), start.state());
        SegmentWriter created = SegmentWriter.create(files, segment.name(), settings, buffer, bytesMax);
        segments.add(segment);
        encode(start, records);
        return created;
    }

    private void encode(@Nullable SegmentStart start, List<DurableRecord> records) {
        Segment segment = segments.get(segments.size() - 1);
        Zxid before = state.last();
        for (DurableRecord record : records) {
            check(record);
            segment.note(record);
            hardStateChanged |= record instanceof DurableRecord.Epochs
                    || record instanceof DurableRecord.Promised
                    || record instanceof DurableRecord.MembershipMark
                    || record instanceof DurableRecord.StateInstalled;
            state = state.after(record);
        }
        int at = pending.size();
        pending.writeRaw(NO_HEADER, 0, BatchHeader.BYTES);
        BatchBody.write(pending, start, records);
        long[] zxids = {state.committed().value(), before.value(), state.last().value()};
        lastCrc = BatchHeader.write(pending, at, self, lastNumber + 1, zxids, durable, lastCrc);
        while ((pending.size() & 7) != 0) {
            pending.writeByte(0);
        }
        lastNumber++;
    }

    private void check(DurableRecord record) {
        if (record instanceof DurableRecord.Append append) {
            Entry entry = append.entry();
            boolean follows = state.chainKnown()
                    ? entry.isChainedTo(state.last(), state.chain())
                    : entry.previous().equals(state.last());
            if (!follows || !entry.zxid().isAfter(state.last())) {
                throw new Invariant.Broken("gap in the journal: entry " + entry.zxid() + " (after " + entry.previous()
                        + ") comes after " + state.last());
            }
        } else if (record instanceof DurableRecord.Accepted accepted) {
            Invariant.check(
                    accepted.slot().isAfter(state.last()),
                    "slot %s is accepted, but decided up to %s",
                    accepted.slot(),
                    state.last());
        } else if (record instanceof DurableRecord.Decided decided) {
            Invariant.check(
                    !state.last().isAfter(decided.last()), "decided goes back from %s to %s", state.last(), decided);
        }
    }

    /**
     * Recovered batches may so far be only in the operating system's memory, left there by a process that died before
     * its fsync: nothing may rest on them before they are on disk. Likewise the newest slot of the sidecar: the other one,
     * perhaps the only one on disk, is the next to be written over.
     */
    private void makeDurable(JournalContents contents) throws IOException {
        if (!contents.segments().isEmpty()) {
            force(contents.segments().get(contents.segments().size() - 1).name());
        }
        if (Sidecar.exists(files)) {
            force(Sidecar.NAME);
        }
    }

    private void force(String name) throws IOException {
        try (FileSystemPort.OpenFile file = files.open(name)) {
            file.force();
        }
    }

    private void clean(JournalContents contents) throws IOException {
        if (!contents.segments().isEmpty()) {
            Segment last = contents.segments().get(contents.segments().size() - 1);
            try (FileSystemPort.OpenFile file = files.open(last.name())) {
                if (file.size() > contents.lastSegmentBytes()) {
                    file.truncate(contents.lastSegmentBytes());
                    file.force();
                }
            }
        }
        for (String name : contents.voidFiles()) {
            files.delete(name);
        }
        files.syncDirectory();
    }

    /**
     * A crash may leave some of those before it: the reader knows what cannot be a beginning, and passes over it.
     *
     * <p>The segment written to always stays; so do those that a later truncation reaches back into, and those with votes that
     * no record calls decided yet: without them the journal would seem to end before the state.
     */
    private int firstToKeep(Zxid zxid) {
        int keepFrom = 0;
        Zxid known = Zxid.min(zxid, state.last());
        for (int i = 1; i < segments.size() && !segments.get(i - 1).highest().isAfter(known); i++) {
            HardState start = segments.get(i).start();
            boolean canBegin = start.chainKnown()
                    && segments.subList(i, segments.size()).stream()
                            .noneMatch(later -> later.truncatesBelow(start.last()));
            if (canBegin) {
                keepFrom = i;
            }
        }
        return keepFrom;
    }
}
