package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import java.util.List;

/** What test peers tell each other: a number, and padding to make it as heavy as a test wants. */
record TestMessage(Lane lane, long number, int padding) implements PeerMessage {
    static final int TAG = 200;

    static TestMessage log(long number) {
        return new TestMessage(Lane.LOG, number, 0);
    }

    static TestMessage live(long number) {
        return new TestMessage(Lane.LIVE, number, 0);
    }

    static PeerFrameCodec codec() {
        return new PeerFrameCodec(List.of(new Codec()));
    }

    /** The family of test messages. */
    static final class Codec implements PeerMessageCodec {
        @Override
        public boolean owns(int tag) {
            return tag == TAG;
        }

        @Override
        public boolean write(PeerMessage message, BinaryWriter out) {
            if (!(message instanceof TestMessage test)) {
                return false;
            }
            out.writeByte(TAG)
                    .writeByte(test.lane.ordinal())
                    .writeLong(test.number)
                    .writeBytes(new byte[test.padding]);
            return true;
        }

        @Override
        public PeerMessage read(int tag, BinaryReader in) {
            return new TestMessage(Lane.values()[in.readByte()], in.readLong(), in.readBytes().length);
        }
    }
}
