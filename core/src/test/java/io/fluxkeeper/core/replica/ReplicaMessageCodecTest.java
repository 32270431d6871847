package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReplicaMessageCodecTest {
    private static final List<ReplicaMessage> MESSAGES = List.of(
            new ReplicaMessage.ForwardedRequest(3, 9, new SessionId(77), 70, 5, new byte[] {1, 2, 3}),
            new ReplicaMessage.RequestRefused(3, 9, ErrorCode.GAP, 4, "cxid 9 came before cxid 4"),
            new ReplicaMessage.Touches(3, 11, List.of(new SessionId(1), new SessionId(2))),
            new ReplicaMessage.TouchesCounted(3, 11, Zxid.of(3, 9)),
            new ReplicaMessage.ReadIndexAsked(3, 12),
            new ReplicaMessage.ReadIndexAnswered(3, 12, Zxid.of(3, 40)),
            new ReplicaMessage.DigestTold(3, Zxid.of(3, 128), -5),
            new ReplicaMessage.DigestRefuted(3, Zxid.of(3, 128), 5));

    private final ReplicaMessageCodec codec = new ReplicaMessageCodec();

    @Test
    void everyMessageComesBackAsItWas() {
        Set<Class<?>> covered = MESSAGES.stream().map(Object::getClass).collect(Collectors.toSet());
        assertThat(covered).containsExactlyInAnyOrder(ReplicaMessage.class.getPermittedSubclasses());
        for (ReplicaMessage message : MESSAGES) {
            byte[] bytes = bytes(message);
            assertThat(codec.owns(bytes[0])).isTrue();
            assertThat(read(bytes)).usingRecursiveComparison().isEqualTo(message);
        }
    }

    @Test
    void whatIsCutShortIsRefused() {
        for (ReplicaMessage message : MESSAGES) {
            byte[] bytes = bytes(message);
            for (int length = 1; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> read(cut)).isInstanceOf(MalformedBytesException.class);
            }
        }
    }

    @Test
    void randomBytesAreReadOrRefusedAndNothingElse() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[1 + random.nextInt(60)];
            random.nextBytes(bytes);
            bytes[0] = (byte) (64 + random.nextInt(8));
            try {
                read(bytes);
            } catch (MalformedBytesException refused) {
                assertThat(refused).hasMessageNotContaining("Exception");
            }
        }
    }

    private byte[] bytes(ReplicaMessage message) {
        BinaryWriter out = new BinaryWriter();
        assertThat(codec.write(message, out)).isTrue();
        return out.toByteArray();
    }

    private ReplicaMessage read(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        ReplicaMessage message = codec.read(in.readByte(), in);
        in.requireEnd();
        return message;
    }
}
