package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.Membership;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The small file that remembers, apart from the journal, how far the journal was fsynced: without it, damage at the
 * journal's end would look like a write that a crash cut short. Two slots; the one fsynced last is never written to,
 * so one of them is readable whatever a crash does to the other.
 */
final class Sidecar implements AutoCloseable {
    static final String NAME = "journal.state";
    static final int FORMAT = 1;
    /** One slot a disk block. */
    static final int SLOT_STRIDE = 4096;

    private static final int MAGIC = 0x464b4a53;
    private static final int SLOT_BYTES = 80;

    private final FileSystemPort.OpenFile file;
    private final PeerId self;
    private final BinaryWriter encoded = new BinaryWriter(SLOT_BYTES);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(SLOT_BYTES);
    private int slotToWrite;
    private long sequence;
    private boolean dirty;

    /**
     * What a slot says.
     *
     * @param sequence a higher one is newer
     * @param lastBatch fsynced
     * @param state in force after it; without a state file
     */
    record Slot(int index, long sequence, long lastBatch, HardState state) {}

    private Sidecar(FileSystemPort.OpenFile file, PeerId self, @Nullable Slot newest) {
        this.file = file;
        this.self = self;
        this.slotToWrite = newest == null ? 0 : 1 - newest.index();
        this.sequence = newest == null ? 0 : newest.sequence();
    }

    static boolean exists(FileSystemPort files) throws IOException {
        return files.list().contains(NAME);
    }

    /**
     * The readable slots, the newest first.
     *
     * @throws DataDirectoryException if it is another peer's, or of a newer format
     */
    static List<Slot> read(FileSystemPort files, PeerId self) throws IOException {
        List<Slot> slots = new ArrayList<>();
        if (exists(files)) {
            try (FileSystemPort.OpenFile file = files.open(NAME)) {
                for (int index = 0; index < 2; index++) {
                    byte[] bytes = file.read((long) index * SLOT_STRIDE, SLOT_BYTES);
                    Slot slot = decode(files, self, index, bytes);
                    if (slot != null) {
                        slots.add(slot);
                    }
                }
            }
        }
        slots.sort(Comparator.comparingLong(Slot::sequence).reversed());
        return slots;
    }

    /** Opens it for writing, or makes it. @param newest of {@link #read}; null for none */
    static Sidecar open(FileSystemPort files, PeerId self, @Nullable Slot newest) throws IOException {
        if (exists(files)) {
            return new Sidecar(files.open(NAME), self, newest);
        }
        Sidecar sidecar = new Sidecar(files.create(NAME), self, null);
        files.syncDirectory();
        return sidecar;
    }

    /** Durable with the next {@link #force}. */
    void write(long lastBatch, HardState state) throws IOException {
        sequence++;
        encoded.clear();
        encoded.writeInt(MAGIC)
                .writeInt(FORMAT << 16 | self.value())
                .writeLong(sequence)
                .writeLong(state.ensembleId())
                .writeLong(lastBatch)
                .writeLong(state.last().value())
                .writeLong(state.chain())
                .writeLong(state.accepted())
                .writeLong(state.current())
                .writeLong(state.committed().value())
                .writeInt(MembershipCode.of(state.membership()) << 1 | (state.chainKnown() ? 1 : 0));
        encoded.writeInt(crc(encoded.array()));
        buffer.clear().put(encoded.array(), 0, SLOT_BYTES).flip();
        file.write((long) slotToWrite * SLOT_STRIDE, buffer);
        dirty = true;
    }

    void force() throws IOException {
        if (dirty) {
            file.force();
            slotToWrite = 1 - slotToWrite;
            dirty = false;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static @Nullable Slot decode(FileSystemPort files, PeerId self, int index, byte[] bytes)
            throws IOException {
        if (bytes.length < SLOT_BYTES) {
            return null;
        }
        BinaryReader in = new BinaryReader(bytes);
        if (in.readInt() != MAGIC || crcOf(bytes) != crc(bytes)) {
            return null;
        }
        int formatAndPeer = in.readInt();
        if (formatAndPeer >>> 16 > FORMAT) {
            throw new DataDirectoryException(NAME + " in " + files.location() + " has format " + (formatAndPeer >>> 16)
                    + "; this version reads up to " + FORMAT + ": start a newer version.");
        }
        if ((formatAndPeer & 0xffff) != self.value()) {
            throw new DataDirectoryException("The data directory " + files.location() + " belongs to peer "
                    + (formatAndPeer & 0xffff) + ", and this is peer " + self
                    + ": correct the peer id or the data directory.");
        }
        return decodeState(index, in);
    }

    private static Slot decodeState(int index, BinaryReader in) {
        long sequence = in.readLong();
        long ensembleId = in.readLong();
        long lastBatch = in.readLong();
        Zxid last = new Zxid(in.readLong());
        long chain = in.readLong();
        long accepted = in.readLong();
        long current = in.readLong();
        Zxid committed = new Zxid(in.readLong());
        int flags = in.readInt();
        Membership membership = MembershipCode.membership(flags >> 1);
        HardState state =
                new HardState(membership, ensembleId, accepted, current, last, chain, (flags & 1) == 1, committed, "");
        return new Slot(index, sequence, lastBatch, state);
    }

    private static int crcOf(byte[] slot) {
        return new BinaryReader(slot, SLOT_BYTES - 4, 4).readInt();
    }

    private static int crc(byte[] slot) {
        CRC32C crc = new CRC32C();
        crc.update(slot, 0, SLOT_BYTES - 4);
        return (int) crc.getValue();
    }
}
