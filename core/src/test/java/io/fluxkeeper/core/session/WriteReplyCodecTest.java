package io.fluxkeeper.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.WriteReply;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WriteReplyCodecTest {
    private static final Zxid ZXID = Zxid.of(3, 9);

    /** Each field differs from every other, so that none can be taken for its neighbour. */
    private static final Stat STAT =
            new Stat(Zxid.of(1, 1), Zxid.of(1, 2), 100, 200, 3, -4, 5, new SessionId(6), 7, 8, Zxid.of(1, 9));

    static List<WriteReply> replies() {
        return List.of(
                new ServerReply.SessionClosed(ZXID),
                new ServerReply.Created(ZXID, ZnodePath.of("/a/ü"), STAT),
                new ServerReply.DataSet(ZXID, STAT),
                new ServerReply.Deleted(ZXID),
                new ServerReply.MultiDone(
                        ZXID,
                        List.of(
                                new OperationResult.Created(ZnodePath.of("/a"), STAT),
                                new OperationResult.DataSet(STAT),
                                new OperationResult.Deleted(),
                                new OperationResult.Checked())),
                new ServerReply.Refused(ZXID, ErrorCode.BAD_VERSION, "/a", "no", 4, 5L, 6L, null),
                new ServerReply.Refused(ZXID, ErrorCode.GAP, null, "no", null, 5L, null, null),
                ServerReply.Refused.of(ZXID, ErrorCode.SYSTEM_ERROR, "no"));
    }

    @Test
    void everyKindOfReplyAndResultIsAmongThoseTested() {
        assertThat(replies().stream().<Class<?>>map(Object::getClass).distinct())
                .containsExactlyInAnyOrder(WriteReply.class.getPermittedSubclasses());
        assertThat(((ServerReply.MultiDone) replies().get(4)).results().stream().<Class<?>>map(Object::getClass))
                .containsExactlyInAnyOrder(OperationResult.class.getPermittedSubclasses());
    }

    @Test
    void everyErrorCodeComesBack() {
        for (ErrorCode code : ErrorCode.values()) {
            WriteReply reply = ServerReply.Refused.of(ZXID, code, "no");
            assertThat(WriteReplyCodec.decode(encoded(reply))).isEqualTo(reply);
        }
    }

    @ParameterizedTest
    @MethodSource("replies")
    void whatIsDecodedIsWhatWasEncoded(WriteReply reply) {
        assertThat(WriteReplyCodec.decode(encoded(reply))).isEqualTo(reply);
    }

    @ParameterizedTest
    @MethodSource("replies")
    void bytesCutAnywhereOrLeftOverAreMalformed(WriteReply reply) {
        byte[] encoded = encoded(reply);
        for (int length = 0; length <= encoded.length + 1; length++) {
            byte[] other = Arrays.copyOf(encoded, length);
            if (length != encoded.length) {
                assertThatThrownBy(() -> WriteReplyCodec.decode(other)).isInstanceOf(MalformedBytesException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("replies")
    void damagedBytesAreMalformedOrAnotherReplyAndNothingElse(WriteReply reply) {
        byte[] encoded = encoded(reply);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = encoded.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            try {
                encoded(WriteReplyCodec.decode(damaged));
            } catch (MalformedBytesException expected) {
                assertThat(expected).hasMessageMatching("(?s).+");
            }
        }
    }

    private static byte[] encoded(WriteReply reply) {
        return WriteReplyCodec.encode(reply, new BinaryWriter());
    }
}
