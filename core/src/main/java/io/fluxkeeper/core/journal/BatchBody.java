package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of a batch and their byte form: a tag and the record's fields, one after another.
 *
 * @param start only in the first batch of a segment, and there always
 */
record BatchBody(@Nullable SegmentStart start, List<DurableRecord> records) {
    private static final int EPOCHS = 1;
    private static final int APPEND = 2;
    private static final int TRUNCATE_AFTER = 3;
    private static final int STATE_INSTALLED = 4;
    private static final int MEMBERSHIP_MARK = 5;
    private static final int SEGMENT_START = 6;
    private static final int PROMISED = 7;
    private static final int ACCEPTED = 8;
    private static final int DECIDED = 9;

    /** Bytes that the records take at most, header and padding included, without a segment start. */
    static long bytesMax(List<DurableRecord> records) {
        long bytes = BatchHeader.BYTES + 8;
        for (DurableRecord record : records) {
            if (record instanceof DurableRecord.Append append) {
                bytes += 29 + append.entry().payload().length;
            } else if (record instanceof DurableRecord.Accepted accepted) {
                bytes += 21 + accepted.payload().length;
            } else if (record instanceof DurableRecord.StateInstalled installed) {
                bytes += 29 + 4L * installed.file().length();
            } else {
                bytes += 17;
            }
        }
        return bytes;
    }

    static void write(BinaryWriter out, @Nullable SegmentStart start, List<DurableRecord> records) {
        if (start != null) {
            writeStart(out, start);
        }
        for (DurableRecord record : records) {
            writeRecord(out, record);
        }
    }

    /** @throws MalformedBytesException if the bytes are no body, which a sound CRC rules out but for a defect */
    static BatchBody read(byte[] bytes, int offset, int length) {
        BinaryReader in = new BinaryReader(bytes, offset, length);
        SegmentStart start = null;
        List<DurableRecord> records = new ArrayList<>();
        while (in.remaining() > 0) {
            int tag = in.readByte();
            if (tag == SEGMENT_START && start == null && records.isEmpty()) {
                start = readStart(in);
            } else {
                records.add(readRecord(tag, in));
            }
        }
        return new BatchBody(start, records);
    }

    private static void writeRecord(BinaryWriter out, DurableRecord record) {
        if (record instanceof DurableRecord.Append append) {
            Entry entry = append.entry();
            out.writeByte(APPEND)
                    .writeLong(entry.zxid().value())
                    .writeLong(entry.previous().value())
                    .writeLong(entry.chain())
                    .writeBytes(entry.payload());
        } else if (record instanceof DurableRecord.Epochs epochs) {
            out.writeByte(EPOCHS).writeLong(epochs.accepted()).writeLong(epochs.current());
        } else if (record instanceof DurableRecord.TruncateAfter truncate) {
            out.writeByte(TRUNCATE_AFTER).writeLong(truncate.last().value());
        } else if (record instanceof DurableRecord.StateInstalled installed) {
            out.writeByte(STATE_INSTALLED)
                    .writeString(installed.file())
                    .writeLong(installed.zxid().value())
                    .writeLong(installed.chain())
                    .writeLong(installed.digest());
        } else if (record instanceof DurableRecord.MembershipMark mark) {
            out.writeByte(MEMBERSHIP_MARK)
                    .writeByte(MembershipCode.of(mark.membership()))
                    .writeLong(mark.ensembleId());
        } else if (record instanceof DurableRecord.Promised promised) {
            out.writeByte(PROMISED).writeLong(promised.ballot());
        } else if (record instanceof DurableRecord.Accepted accepted) {
            out.writeByte(ACCEPTED)
                    .writeLong(accepted.ballot())
                    .writeLong(accepted.slot().value())
                    .writeBytes(accepted.payload());
        } else if (record instanceof DurableRecord.Decided decided) {
            out.writeByte(DECIDED).writeLong(decided.last().value()).writeLong(decided.chain());
        }
    }

    private static DurableRecord readRecord(int tag, BinaryReader in) {
        return switch (tag) {
            case EPOCHS -> new DurableRecord.Epochs(in.readLong(), in.readLong());
            case APPEND -> {
                Zxid zxid = readZxid(in);
                Zxid previous = readZxid(in);
                long chain = in.readLong();
                yield new DurableRecord.Append(new Entry(zxid, previous, in.readBytes(), chain));
            }
            case TRUNCATE_AFTER -> new DurableRecord.TruncateAfter(readZxid(in));
            case STATE_INSTALLED ->
                new DurableRecord.StateInstalled(in.readString(), readZxid(in), in.readLong(), in.readLong());
            case MEMBERSHIP_MARK ->
                new DurableRecord.MembershipMark(MembershipCode.membership(in.readByte()), in.readLong());
            case PROMISED -> new DurableRecord.Promised(in.readLong());
            case ACCEPTED -> new DurableRecord.Accepted(in.readLong(), readZxid(in), in.readBytes());
            case DECIDED -> new DurableRecord.Decided(readZxid(in), in.readLong());
            default -> throw new MalformedBytesException("no record has the tag " + tag);
        };
    }

    private static void writeStart(BinaryWriter out, SegmentStart start) {
        HardState state = start.state();
        out.writeByte(SEGMENT_START)
                .writeLong(start.previousNumber())
                .writeBoolean(start.reset())
                .writeByte(MembershipCode.of(state.membership()))
                .writeLong(state.ensembleId())
                .writeLong(state.accepted())
                .writeLong(state.current())
                .writeLong(state.last().value())
                .writeLong(state.chain())
                .writeBoolean(state.chainKnown())
                .writeLong(state.committed().value())
                .writeString(state.stateFile());
    }

    private static SegmentStart readStart(BinaryReader in) {
        long previousNumber = in.readLong();
        boolean reset = in.readBoolean();
        HardState state = new HardState(
                MembershipCode.membership(in.readByte()),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                readZxid(in),
                in.readLong(),
                in.readBoolean(),
                readZxid(in),
                in.readString());
        return new SegmentStart(previousNumber, reset, state);
    }

    private static Zxid readZxid(BinaryReader in) {
        return new Zxid(in.readNotNegative("a zxid"));
    }
}
