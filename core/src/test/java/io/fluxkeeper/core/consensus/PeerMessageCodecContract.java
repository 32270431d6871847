package io.fluxkeeper.core.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a family of messages promises of its bytes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PeerMessageCodecContract {
    private final PeerMessageCodec codec;
    private final int firstTag;
    private final int lastTag;

    /** @param lastTag the last of the family, whether or not there is a message with it */
    protected PeerMessageCodecContract(PeerMessageCodec codec, int firstTag, int lastTag) {
        this.codec = codec;
        this.firstTag = firstTag;
        this.lastTag = lastTag;
    }

    /** Every kind of message, some in more than one form. */
    protected abstract Stream<PeerMessage> messages();

    /** The sealed interface of the family. */
    protected abstract Class<? extends PeerMessage> family();

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessageComesBackAsItWas(PeerMessage message) {
        assertThat(read(write(message)))
                .usingRecursiveComparison()
                .withStrictTypeChecking()
                .isEqualTo(message);
    }

    @Test
    void theListOfMessagesNamesEveryOne() {
        assertThat(messages().<Class<?>>map(Object::getClass).toList()).contains(family().getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void bytesCutShortAreRefused(PeerMessage message) {
        byte[] bytes = write(message);
        for (int length = 1; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(MalformedBytesException.class);
        }
    }

    @Test
    void randomBytesAreAMessageOrRefusedByName() {
        int tags = (int) messages().map(Object::getClass).distinct().count() + 2;
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(1, 80)];
            random.nextBytes(bytes);
            bytes[0] = (byte) random.nextInt(firstTag, firstTag + tags);
            try {
                assertThat(read(bytes)).isNotNull();
            } catch (MalformedBytesException expected) {
                assertThat(expected).hasMessageMatching(".+");
            }
        }
    }

    @Test
    void messagesOfOtherFamiliesAreLeftAlone() {
        BinaryWriter out = new BinaryWriter();

        assertThat(codec.write(() -> PeerMessage.Lane.LIVE, out)).isFalse();
        assertThat(out.size()).isZero();
        assertThat(codec.owns(firstTag - 1)).isFalse();
        assertThat(codec.owns(firstTag)).isTrue();
        assertThat(codec.owns(lastTag)).isTrue();
        assertThat(codec.owns(lastTag + 1)).isFalse();
    }

    protected final byte[] write(PeerMessage message) {
        BinaryWriter out = new BinaryWriter();
        assertThat(codec.write(message, out)).isTrue();
        return out.toByteArray();
    }

    protected final PeerMessage read(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        int tag = in.readByte();
        assertThat(codec.owns(tag)).isTrue();
        return codec.read(tag, in);
    }
}
