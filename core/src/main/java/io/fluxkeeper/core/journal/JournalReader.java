package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads all segments once, in order, each as far as its batches are chained to what came before. A segment may end
 * anywhere, in zeros or in rubbish, if a later one goes on from its last good batch: so recovery, too, only ever adds.
 */
final class JournalReader {
    private final FileSystemPort files;
    private final PeerId self;
    private final List<Segment> segments = new ArrayList<>();
    private final List<String> voidFiles = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private final AcceptedTail accepted = new AcceptedTail();
    /** Values up to the base whose chain only the state store knows, since those before them were trimmed. */
    private final AcceptedTail beforeBase = new AcceptedTail();

    private HardState state = HardState.first("");
    private Zxid base = Zxid.ZERO;
    private long baseChain = ChainHash.EMPTY;
    private final TreeMap<Long, Long> runs = new TreeMap<>();
    private long lastNumber;
    private int lastCrc;
    private long durable;
    private long highestNumber;
    private int end;
    /** The first segment that was read is the rest of a trim that a crash cut short: it goes on from one that is gone. */
    private boolean severed;

    private JournalReader(FileSystemPort files, PeerId self) {
        this.files = files;
        this.self = self;
    }

    /** @throws DataDirectoryException if it is another peer's journal, or of a newer format */
    static JournalContents read(FileSystemPort files, PeerId self) throws IOException {
        List<String> names = files.list().stream().filter(Segment::isName).toList();
        int first = 0;
        JournalContents contents = null;
        while (contents == null) {
            contents = new JournalReader(files, self).readFrom(names, first++);
        }
        return contents;
    }

    /**
     * Trimming deletes from the front, one file after another, and some must go together: a crash between them leaves
     * segments that cannot begin a journal. They are void, and nothing is lost with them: whether the state reaches to
     * where the journal begins is for the caller to compare.
     *
     * @param first the files before it are known to be such a rest
     * @return null if {@code first} is one, too
     */
    private @Nullable JournalContents readFrom(List<String> names, int first) throws IOException {
        byte[] lastBytes = new byte[0];
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            highestNumber = Math.max(highestNumber, Segment.firstNumber(name));
            if (i < first) {
                voidFiles.add(name);
                continue;
            }
            byte[] bytes = readFile(name);
            if (isNext(bytes, i == first)) {
                lastBytes = bytes;
                readSegment(name, bytes);
                if (severed) {
                    return null;
                }
            } else {
                voidFiles.add(name);
            }
        }
        lookBehindTheEnd(lastBytes);
        highestNumber = Math.max(highestNumber, Math.max(lastNumber, durable));
        return new JournalContents(
                state,
                base,
                baseChain,
                entries,
                accepted.all(),
                beforeBase,
                runs,
                lastNumber,
                lastCrc,
                durable,
                highestNumber,
                segments,
                voidFiles,
                end);
    }

    private byte[] readFile(String name) throws IOException {
        try (FileSystemPort.OpenFile file = files.open(name)) {
            return file.read(0, Math.toIntExact(file.size()));
        }
    }

    /**
     * Whether the file's first batch goes on from the last one read.
     *
     * @param first it goes on from whatever was trimmed
     */
    private boolean isNext(byte[] bytes, boolean first) throws IOException {
        BatchHeader header = soundHeader(bytes, 0);
        if (header == null) {
            return false;
        }
        SegmentStart start = body(header, bytes, 0).start();
        if (start == null) {
            return false;
        }
        boolean chained =
                header.number() > lastNumber && start.previousNumber() == lastNumber && header.previousCrc() == lastCrc;
        return first || chained;
    }

    private void readSegment(String name, byte[] bytes) throws IOException {
        int at = 0;
        Segment segment = null;
        for (BatchHeader header = soundHeader(bytes, at); header != null; header = soundHeader(bytes, at)) {
            BatchBody body = body(header, bytes, at);
            if (segment == null) {
                segment = begin(name, body.start());
            } else if (header.number() != lastNumber + 1 || header.previousCrc() != lastCrc) {
                break;
            }
            for (DurableRecord record : body.records()) {
                segment.note(record);
                severed |= record instanceof DurableRecord.TruncateAfter truncate && base.isAfter(truncate.last());
                if (severed) {
                    return;
                }
                take(record);
            }
            state = state.withCommitted(Zxid.max(state.committed(), new Zxid(header.committed())));
            checkEnd(header);
            boolean goesOn = !runs.isEmpty() && header.number() == lastNumber + 1;
            runs.put(goesOn ? runs.lastKey() : header.number(), header.number());
            lastNumber = header.number();
            lastCrc = header.crc();
            durable = Math.max(durable, header.durable());
            at += header.batchBytes();
        }
        end = at;
    }

    private Segment begin(String name, @Nullable SegmentStart start) throws IOException {
        if (start == null) {
            throw new IOException(name + " does not begin with the hard state");
        }
        if (segments.isEmpty() || start.reset()) {
            entries.clear();
            accepted.clear();
            beforeBase.clear();
            base = start.state().last();
            baseChain = start.state().chain();
            severed = !start.state().chainKnown();
        } else if (start.state().last().isAfter(state.last()) && !accepted.isEmpty()) {
            // Recovery found more decided than any record said.
            decide(start.state().last(), start.state().chain());
        } else if (!start.state().last().equals(state.last())) {
            throw new IOException(name + " begins at " + start.state().last() + ", after " + state.last());
        }
        state = start.state();
        Segment segment = new Segment(name, state);
        segments.add(segment);
        return segment;
    }

    private void take(DurableRecord record) throws IOException {
        if (record instanceof DurableRecord.Append append) {
            Entry entry = append.entry();
            if (!entry.isChainedTo(lastEntry(), lastChain())) {
                throw new IOException("entry " + entry.zxid() + " is not chained to " + lastEntry());
            }
            entries.add(entry);
            accepted.dropUpTo(entry.zxid());
        } else if (record instanceof DurableRecord.Accepted vote) {
            accepted.put(vote);
        } else if (record instanceof DurableRecord.Decided decided) {
            decide(decided.last(), decided.chain());
        } else if (record instanceof DurableRecord.TruncateAfter truncate) {
            while (!entries.isEmpty() && lastEntry().isAfter(truncate.last())) {
                entries.remove(entries.size() - 1);
            }
        } else if (record instanceof DurableRecord.StateInstalled installed) {
            entries.clear();
            accepted.clear();
            beforeBase.clear();
            base = installed.zxid();
            baseChain = installed.chain();
        }
        state = state.after(record);
    }

    /**
     * Values join the history. If some are not there, the segments with them are gone, because the state store had them:
     * then history begins here, and goes back as far as the state once that is known.
     */
    private void decide(Zxid last, long chain) throws IOException {
        List<Entry> decided = accepted.chained(lastEntry(), lastChain(), last);
        if (decided == null) {
            beforeBase.clear();
            accepted.upTo(last).forEach(beforeBase::put);
        }
        accepted.dropUpTo(last);
        if (decided == null) {
            entries.clear();
            base = last;
            baseChain = chain;
            return;
        }
        entries.addAll(decided);
        if (lastChain() != chain) {
            throw new IOException("the values accepted up to " + last + " are not those that were decided");
        }
    }

    /** What the writer thought and what the records give must be the same: a difference is a defect, not damage. */
    private void checkEnd(BatchHeader header) throws IOException {
        if (header.after() != state.last().value() || !state.last().equals(lastEntry())) {
            throw new IOException("batch " + header.number() + " ends at " + lastEntry() + ", its header says "
                    + new Zxid(header.after()));
        }
        state = state.at(lastEntry(), lastChain(), true);
    }

    private Zxid lastEntry() {
        return entries.isEmpty() ? base : entries.get(entries.size() - 1).zxid();
    }

    private long lastChain() {
        return entries.isEmpty() ? baseChain : entries.get(entries.size() - 1).chain();
    }

    /**
     * Readable headers behind the last good batch count for nothing but what they know to be fsynced: they tell damage
     * from a torn tail.
     */
    private void lookBehindTheEnd(byte[] lastSegment) throws IOException {
        scan(lastSegment, end);
        for (String name : voidFiles) {
            scan(readFile(name), 0);
        }
    }

    private void scan(byte[] bytes, int from) {
        for (int at = from; at <= bytes.length - BatchHeader.BYTES; at += 8) {
            BatchHeader header = BatchHeader.read(bytes, at);
            if (header != null && header.peer() == self.value() && header.number() > header.durable()) {
                durable = Math.max(durable, header.durable());
            }
        }
    }

    private @Nullable BatchHeader soundHeader(byte[] bytes, int at) throws IOException {
        BatchHeader header = BatchHeader.read(bytes, at);
        if (header == null) {
            return null;
        }
        if (header.format() > BatchHeader.FORMAT) {
            throw new DataDirectoryException("The journal in " + files.location() + " has format " + header.format()
                    + "; this version reads up to " + BatchHeader.FORMAT + ": start a newer version.");
        }
        if (header.peer() != self.value()) {
            throw new DataDirectoryException("The journal in " + files.location() + " belongs to peer " + header.peer()
                    + ", and this is peer " + self + ": correct the peer id or the data directory.");
        }
        return header.hasSoundBody(bytes, at) ? header : null;
    }

    private static BatchBody body(BatchHeader header, byte[] bytes, int at) throws IOException {
        try {
            return BatchBody.read(bytes, at + BatchHeader.BYTES, header.bodyLength());
        } catch (MalformedBytesException defect) {
            throw new IOException("batch " + header.number() + " has a sound CRC and senseless records", defect);
        }
    }
}
