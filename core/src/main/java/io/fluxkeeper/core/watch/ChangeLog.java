package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.znode.Change;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The latest changes of the tree, in order. It is part of the replicated state: which changes it holds, and in which
 * blocks they lie, follows from the transactions and the settings alone and is the same at every peer. The bytes of
 * older blocks are in the store only; the newest, and all that the store has not committed, are in memory too.
 */
public final class ChangeLog {
    /** Size of a block: of a row in the store, and of what leaves at a time. */
    private static final int BLOCK_BYTES_MAX = 32 << 10;

    /** A small log has this many blocks all the same, so that what leaves at a time is a small part of it. */
    private static final int BLOCKS_MIN = 16;

    /** Bytes of blocks that a loaded log keeps; {@link #committed} says later what may stay. */
    private static final long LOADED_BYTES_KEPT = 4 << 20;

    /** By first transaction. */
    private final TreeMap<Zxid, ChangeBlock> blocks = new TreeMap<>();

    /** Sealed ones whose bytes are here, oldest first. */
    private final ArrayDeque<ChangeBlock> inMemory = new ArrayDeque<>();

    private final int countMax;
    private final long bytesMax;
    private long count;
    private long bytes;
    private long bytesInMemory;

    /** The last transaction in it; zero for none. */
    private Zxid last = Zxid.ZERO;

    /** Is told which rows change. */
    public interface Sink {
        /** A transaction was added. @param from where its bytes begin; 0 for a block that is new @param hash of them */
        void blockGrew(ChangeBlock block, int from, long hash);

        void blockLeft(ChangeBlock block);
    }

    /** A hash of some bytes of a row. */
    public interface Hash {
        long of(String key, byte[] bytes, int from, int length);
    }

    /**
     * @param countMax changes kept at most
     * @param bytesMax bytes of blocks kept at most; whole blocks leave, but never the last one
     */
    public ChangeLog(int countMax, long bytesMax) {
        this.countMax = countMax;
        this.bytesMax = bytesMax;
    }

    /** Every change behind this transaction is here. */
    Zxid oldest() {
        return blocks.isEmpty() ? Zxid.ZERO : blocks.firstEntry().getValue().previous();
    }

    /** Whether every change behind that position is here; of the oldest transaction itself nothing is. */
    boolean reachesBackTo(ChangePosition position) {
        Zxid oldest = oldest();
        return oldest.equals(Zxid.ZERO) || position.compareTo(ChangePosition.after(oldest)) >= 0;
    }

    /** Bytes of blocks that are in memory. */
    long bytesInMemory() {
        ChangeBlock newest = blocks.isEmpty() ? null : blocks.lastEntry().getValue();
        return bytesInMemory + (newest == null || newest.isSealed() ? 0 : newest.length());
    }

    /** Adds one transaction, of one change at least, and lets old blocks go. */
    public void append(Zxid zxid, List<Change> changes, Hash hash, Sink sink) {
        ChangeBlock block = blocks.isEmpty() ? null : blocks.lastEntry().getValue();
        if (block == null || block.isSealed()) {
            block = new ChangeBlock(zxid, last, blockBytesMax());
            blocks.put(zxid, block);
            bytes += block.length();
        }
        int before = block.length();
        int from = block.append(zxid, changes);
        byte[] written = block.bytes();
        if (written == null) {
            throw new IllegalStateException("a block that grows has its bytes");
        }
        long ofTransaction = hash.of(block.key(), written, from, block.length() - from);
        block.addHash(ofTransaction);
        added(block, changes.size(), block.length() - before);
        sink.blockGrew(block, from, ofTransaction);
        while ((count > countMax || bytes > bytesMax) && blocks.size() > 1) {
            ChangeBlock left = blocks.pollFirstEntry().getValue();
            count -= left.count();
            bytes -= left.length();
            if (inMemory.peekFirst() == left) {
                forget(inMemory.removeFirst());
            }
            sink.blockLeft(left);
        }
    }

    /** The store holds everything up to this transaction: its blocks need not be in memory, but for the newest bytes. */
    public void committed(Zxid zxid, long bytesKept) {
        while (bytesInMemory() > bytesKept
                && !inMemory.isEmpty()
                && !inMemory.getFirst().last().isAfter(zxid)) {
            forget(inMemory.removeFirst());
        }
    }

    /**
     * Puts a stored block behind those restored before. The bytes become the log's.
     *
     * @return the hash of the row, as the digest has it
     * @throws MalformedBytesException if it is not a block, or not the next one
     */
    public long restore(String key, byte[] value, Hash hash) {
        BinaryReader in = new BinaryReader(value);
        Zxid previous = new Zxid(in.readLong());
        if (!blocks.isEmpty() && !previous.equals(last)) {
            throw new MalformedBytesException("it follows " + previous + ", and the block before ends at " + last);
        }
        ChangeBlock block = null;
        while (in.remaining() > 0) {
            int from = in.position();
            int end = in.readCount(1) + in.position();
            Zxid zxid = new Zxid(in.readLong());
            int changes = checkedChanges(in, end);
            if (block != null && block.isSealed()) {
                throw new MalformedBytesException("it goes on behind its end");
            }
            if (!zxid.isAfter(block == null ? previous : block.last())) {
                throw new MalformedBytesException("transaction " + zxid + " is out of order");
            }
            if (block == null) {
                from = 0;
                block = begin(key, zxid, previous, value);
            }
            block.addHash(hash.of(key, value, from, end - from));
            int before = from == 0 ? ChangeBlock.HEAD_BYTES : from;
            block.added(zxid, changes, end);
            added(block, changes, end - before);
        }
        if (block == null) {
            throw new MalformedBytesException("it is empty");
        }
        committed(last, LOADED_BYTES_KEPT);
        return block.hash();
    }

    private ChangeBlock begin(String key, Zxid first, Zxid previous, byte[] value) {
        if (!key.equals(ChangeBlock.keyOf(first))) {
            throw new MalformedBytesException("it begins with " + first);
        }
        ChangeBlock open = blocks.isEmpty() ? null : blocks.lastEntry().getValue();
        if (open != null && !open.isSealed()) {
            throw new MalformedBytesException("the block before it is not full");
        }
        ChangeBlock block = new ChangeBlock(first, previous, 0);
        block.restore(value);
        blocks.put(first, block);
        bytes += ChangeBlock.HEAD_BYTES;
        return block;
    }

    /** Passes over the changes of a transaction, none of which may leave the room they say they have. */
    private static int checkedChanges(BinaryReader in, int end) {
        int changes = in.readCount(1);
        for (int i = 0; i < changes; i++) {
            in.skip(in.readInt());
        }
        if (changes == 0 || in.position() != end) {
            throw new MalformedBytesException("a transaction has not the length it says");
        }
        return changes;
    }

    /** Blocks, and when they are full, depend on what every peer knows, so that all have the same ones. */
    private void added(ChangeBlock block, int changes, int moreBytes) {
        last = block.last();
        count += changes;
        bytes += moreBytes;
        if (block.length() >= blockBytesMax() || block.count() >= Math.max(1, countMax / BLOCKS_MIN)) {
            block.seal();
            inMemory.addLast(block);
            bytesInMemory += block.length();
        }
    }

    private int blockBytesMax() {
        return (int) Math.min(BLOCK_BYTES_MAX, bytesMax / BLOCKS_MIN);
    }

    private void forget(ChangeBlock block) {
        block.forgetBytes();
        bytesInMemory -= block.length();
    }

    /** The block with the first change behind a position; null when there is none yet. */
    @Nullable ChangeBlock blockBehind(ChangePosition position) {
        Map.Entry<Zxid, ChangeBlock> at = blocks.floorEntry(position.zxid());
        if (at == null) {
            at = blocks.firstEntry();
        } else if (!position.precedes(at.getValue().last(), at.getValue().lastCount() - 1)) {
            at = blocks.higherEntry(at.getKey());
        }
        return at == null ? null : at.getValue();
    }

    /** Null when it has left. */
    @Nullable ChangeBlock block(String key) {
        return blocks.get(new Zxid(HexFormat.fromHexDigitsToLong(key)));
    }
}
