package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerFrameCodecTest {
    private final PeerFrameCodec codec = new PeerFrameCodec(List.of(new Numbers(1), new Numbers(64)));

    @Test
    void messagesOfSeveralFamiliesComeBackInTheirOrder() {
        List<PeerMessage> sent = List.of(new Counted(1, 10), new Counted(64, 20), new Counted(1, 30));
        assertThat(codec.read(new BinaryReader(written(sent)))).isEqualTo(sent);
        assertThat(codec.read(new BinaryReader(new byte[0]))).isEmpty();
    }

    @Test
    void framesPutTogetherAreAFrame() {
        BinaryWriter both = new BinaryWriter();
        for (byte[] frame : List.of(written(List.of(new Counted(1, 10))), written(List.of(new Counted(64, 20))))) {
            both.writeRaw(frame, 0, frame.length);
        }
        assertThat(codec.read(new BinaryReader(both.toByteArray())))
                .containsExactly(new Counted(1, 10), new Counted(64, 20));
    }

    @Test
    void aMessageOfNoFamilyIsNotWritten() {
        assertThatThrownBy(() -> codec.write(new Counted(2, 1), new BinaryWriter()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no codec for");
    }

    @Test
    void anUnknownTagAndAFrameCutShortAreRefused() {
        assertThatThrownBy(() -> codec.read(new BinaryReader(new byte[] {2, 0, 0})))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("no peer message has the tag 2");
        byte[] whole = written(List.of(new Counted(1, 10), new Counted(64, 20)));
        for (int length = 1; length < whole.length; length++) {
            if (length == whole.length / 2) {
                continue; // the end of the first message
            }
            BinaryReader cut = new BinaryReader(whole, 0, length);
            assertThatThrownBy(() -> codec.read(cut)).isInstanceOf(MalformedBytesException.class);
        }
    }

    @Test
    void twoFamiliesWithTheSameTagAreRefused() {
        assertThatThrownBy(() -> new PeerFrameCodec(List.of(new Numbers(5), new Numbers(5))))
                .hasMessage("tag 5 belongs to two families of peer messages");
    }

    private byte[] written(List<PeerMessage> messages) {
        BinaryWriter out = new BinaryWriter();
        messages.forEach(message -> codec.write(message, out));
        return out.toByteArray();
    }

    private record Counted(int tag, long value) implements PeerMessage {
        @Override
        public Lane lane() {
            return Lane.LOG;
        }
    }

    /** A family with one tag. */
    private record Numbers(int tag) implements PeerMessageCodec {
        @Override
        public boolean owns(int other) {
            return other == tag;
        }

        @Override
        public boolean write(PeerMessage message, BinaryWriter out) {
            if (!(message instanceof Counted counted) || counted.tag != tag) {
                return false;
            }
            out.writeByte(tag).writeLong(counted.value);
            return true;
        }

        @Override
        public PeerMessage read(int read, BinaryReader in) {
            return new Counted(read, in.readLong());
        }
    }
}
