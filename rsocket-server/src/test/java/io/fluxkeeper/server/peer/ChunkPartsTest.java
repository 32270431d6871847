package io.fluxkeeper.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks of any size pass through frames of a bounded one, and come out as they went in. */
class ChunkPartsTest {
    private static final int PART = ChunkParts.PART_BYTES_MAX;
    /** Of a chunk with one row: table 1, CRC 4, count 4, then key (2) and value with their lengths. */
    private static final int AROUND_ONE_ROW = 1 + 4 + 4 + 4 + 2 + 4;

    private final SplittableRandom random = new SplittableRandom(7);

    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                1,
                PART - AROUND_ONE_ROW - 1,
                PART - AROUND_ONE_ROW,
                PART - AROUND_ONE_ROW + 1,
                PART - 1,
                PART,
                PART + 1,
                2 * PART - AROUND_ONE_ROW,
                2 * PART - AROUND_ONE_ROW + 1,
                3_200_000
            })
    void aRowOfAnySizePasses(int valueBytes) {
        List<TransferFrame.Part> parts = partsOf(chunk(valueBytes));
        assertThat(parts).hasSize((AROUND_ONE_ROW + valueBytes + PART - 1) / PART);
    }

    @Test
    void aChunkOfRowsUpToTheUsualSizeIsOnePart() {
        int[] hundreds = new int[StateGiver.CHUNK_BYTES / 100];
        Arrays.fill(hundreds, 100);
        assertThat(partsOf(chunk(hundreds))).hasSize(1);
    }

    @Test
    void manyRowsAndThenLargeOnesPass() {
        assertThat(partsOf(chunk(0, PART - 1, PART, PART + 1, 0, 3_200_000, 3_200_000, 1)))
                .hasSizeGreaterThan(13);
        assertThat(partsOf(chunk())).hasSize(1);
    }

    @Test
    void chunksOneBehindTheOtherAreKeptApart() {
        ChunkParts.Incoming incoming = new ChunkParts.Incoming(ChunkParts.CHUNK_BYTES_MAX);
        for (int valueBytes : new int[] {3_200_000, 5, 2_100_000, 0}) {
            StateChunk sent = chunk(valueBytes);
            requireSame(joined(incoming, partsOf(sent)), sent);
        }
    }

    @Test
    void aChunkBeyondTheTakersBoundIsRefusedAtThePartThatExceedsIt() {
        StateChunk sent = chunk(3 * PART);
        int size = AROUND_ONE_ROW + 3 * PART;
        requireSame(joined(new ChunkParts.Incoming(size), partsOf(sent)), sent);

        ChunkParts.Incoming incoming = new ChunkParts.Incoming(2 * PART + 5);
        List<TransferFrame.Part> parts = partsOf(sent);
        assertThat(incoming.add(parts.get(0))).isNull();
        assertThat(incoming.add(parts.get(1))).isNull();
        assertThatThrownBy(() -> incoming.add(parts.get(2)))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("a chunk of the state is larger than " + (2 * PART + 5) + " bytes");
    }

    @Test
    void aPartThatIsMissingOrDoubledIsFound() {
        StateChunk sent = chunk(3 * PART);
        List<TransferFrame.Part> missing = new ArrayList<>(partsOf(sent));
        missing.remove(1);
        assertThatThrownBy(() -> joined(new ChunkParts.Incoming(ChunkParts.CHUNK_BYTES_MAX), missing))
                .isInstanceOf(MalformedBytesException.class);
        List<TransferFrame.Part> doubled = new ArrayList<>(partsOf(sent));
        doubled.add(1, doubled.get(1));
        assertThatThrownBy(() -> joined(new ChunkParts.Incoming(ChunkParts.CHUNK_BYTES_MAX), doubled))
                .isInstanceOf(MalformedBytesException.class);
        List<TransferFrame.Part> swapped = new ArrayList<>(partsOf(sent));
        Collections.swap(swapped, 1, 2);
        assertThat(joined(new ChunkParts.Incoming(ChunkParts.CHUNK_BYTES_MAX), swapped)
                        .isIntact())
                .isFalse();
    }

    /** All parts, seen to fit their frames and to make the same chunk again. */
    private static List<TransferFrame.Part> partsOf(StateChunk chunk) {
        ChunkParts.Outgoing outgoing = new ChunkParts.Outgoing(chunk);
        List<TransferFrame.Part> parts = new ArrayList<>();
        do {
            byte[] frame = outgoing.next().toBytes();
            assertThat(frame.length).isLessThanOrEqualTo(PART + 2).isLessThan(PeerLink.PAYLOAD_BYTES_MAX);
            parts.add((TransferFrame.Part) TransferFrame.read(new BinaryReader(frame)));
        } while (!parts.get(parts.size() - 1).last());
        requireSame(joined(new ChunkParts.Incoming(ChunkParts.CHUNK_BYTES_MAX), parts), chunk);
        return parts;
    }

    private static StateChunk joined(ChunkParts.Incoming incoming, List<TransferFrame.Part> parts) {
        StateChunk whole = null;
        for (TransferFrame.Part part : parts) {
            assertThat(whole).isNull();
            whole = incoming.add(part);
        }
        return whole;
    }

    private static void requireSame(StateChunk came, StateChunk sent) {
        assertThat(came.isIntact()).isTrue();
        assertThat(came.table()).isEqualTo(sent.table());
        assertThat(came.keys()).isEqualTo(sent.keys());
        assertThat(came.crc()).isEqualTo(sent.crc());
    }

    /** Rows "/a", "/b" and so on. */
    private StateChunk chunk(int... valueBytes) {
        List<String> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        for (int row = 0; row < valueBytes.length; row++) {
            byte[] value = new byte[valueBytes[row]];
            random.nextBytes(value);
            keys.add(row < 26 ? "/" + (char) ('a' + row) : "/row-" + row);
            values.add(value);
        }
        return StateChunk.of(StateTable.CHANGES, keys, values);
    }
}
