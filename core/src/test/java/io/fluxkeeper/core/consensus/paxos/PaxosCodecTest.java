package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every message of Multi-Paxos as bytes, and bytes that are none. */
class PaxosCodecTest {
    private static final Ballot BALLOT = Ballot.of(7, new PeerId(255));
    private static final Bond BOND = new Bond(BALLOT, 3);
    private static final Zxid SLOT = Zxid.of(1, 9);

    private final PaxosCodec codec = new PaxosCodec();

    private static Stream<PeerMessage> messages() {
        Entry first = Entry.after(SLOT, 17, SLOT.next(), BroadcastCluster.bytes("one"));
        Entry second = Entry.after(first.zxid(), first.chain(), first.zxid().next(), new byte[0]);
        return Stream.of(
                new Introduction(Membership.FOUNDING, 99),
                new PaxosMessage.Probe(4, SLOT),
                new PaxosMessage.ProbeAnswer(4, true, BALLOT),
                new PaxosMessage.Prepare(BALLOT, SLOT, true),
                new PaxosMessage.Promise(BALLOT, SLOT, List.of(), false, Zxid.ZERO),
                new PaxosMessage.Promise(
                        BALLOT,
                        SLOT,
                        List.of(new DurableRecord.Accepted(257, SLOT, BroadcastCluster.bytes("v"))),
                        true,
                        SLOT),
                new PaxosMessage.Nack(BALLOT, Ballot.of(8, new PeerId(1))),
                new PaxosMessage.Fetch(BALLOT, SLOT),
                new PaxosMessage.Learn(BALLOT, List.of(first, second)),
                new PaxosMessage.Snap(BOND, 12, SLOT, 17, -18),
                new PaxosMessage.Heartbeat(BALLOT, 5),
                new PaxosMessage.Pong(BOND, 5),
                new PaxosMessage.Join(BOND, 99, SLOT, -17, true),
                new PaxosMessage.Accept(BOND, SLOT, List.of(BroadcastCluster.bytes("a"), new byte[0])),
                new PaxosMessage.Accepted(BOND, SLOT),
                new PaxosMessage.Decided(BOND, SLOT, -1, true),
                new PaxosMessage.Admit(BOND),
                new PaxosMessage.TakeOver(BOND));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessageComesBackAsItWas(PeerMessage message) {
        assertThat(read(write(message)))
                .usingRecursiveComparison()
                .withStrictTypeChecking()
                .isEqualTo(message);
    }

    @Test
    void theListAboveNamesEveryMessage() {
        assertThat(messages().<Class<?>>map(Object::getClass).toList())
                .contains(PaxosMessage.class.getPermittedSubclasses());
    }

    /** By default a message waits for the disk: leaving at once is for these, which promise nothing of it. */
    @Test
    void onlyWhatPromisesNothingOfADiskMayLeaveAtOnce() {
        assertThat(messages()
                        .filter(PaxosMessage.class::isInstance)
                        .map(PaxosMessage.class::cast)
                        .filter(message -> message.when() == Effect.When.DURABLE)
                        .map(message -> message.getClass().getSimpleName())
                        .distinct())
                .containsExactly("Prepare", "Promise", "Nack", "Join", "Accepted");
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
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(1, 80)];
            random.nextBytes(bytes);
            bytes[0] = (byte) random.nextInt(128, 147);
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
        assertThat(codec.owns(127)).isFalse();
        assertThat(codec.owns(128)).isTrue();
        assertThat(codec.owns(191)).isTrue();
        assertThat(codec.owns(192)).isFalse();
    }

    private byte[] write(PeerMessage message) {
        BinaryWriter out = new BinaryWriter();
        assertThat(codec.write(message, out)).isTrue();
        return out.toByteArray();
    }

    private PeerMessage read(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        int tag = in.readByte();
        assertThat(codec.owns(tag)).isTrue();
        return codec.read(tag, in);
    }
}
