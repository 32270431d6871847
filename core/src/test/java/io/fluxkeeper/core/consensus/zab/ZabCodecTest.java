package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.Role;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ZabCodecTest {
    private static final Bond BOND = new Bond(7, 3);
    private static final Zxid LAST = Zxid.of(6, 41);
    private final ZabCodec codec = new ZabCodec();

    static Stream<PeerMessage> messages() {
        return Stream.of(
                new Introduction(Membership.FOUNDING, 99),
                new ZabMessage.Vote(Role.LOOKING, 5, new Candidate(6, LAST, new PeerId(255))),
                new ZabMessage.Vote(Role.LEADING, 5, null),
                new ZabMessage.FollowerInfo(99, 3, 6, true),
                new ZabMessage.LeaderInfo(BOND),
                new ZabMessage.AckEpoch(BOND, true, 6, LAST, -1),
                new ZabMessage.Diff(BOND, LAST, 17),
                new ZabMessage.Trunc(BOND, LAST, 17),
                new ZabMessage.TruncRefused(BOND, LAST, 17),
                new ZabMessage.TruncRefused(BOND, null, 0),
                new ZabMessage.Snap(BOND, 12, LAST, 17, -18),
                new ZabMessage.SyncProgress(BOND, LAST),
                new ZabMessage.NewLeader(BOND, LAST, 17),
                new ZabMessage.AckNewLeader(BOND, LAST),
                new ZabMessage.UpToDate(BOND, LAST),
                new ZabMessage.Proposals(BOND, List.of()),
                new ZabMessage.Ack(BOND, LAST),
                new ZabMessage.Commit(BOND, LAST),
                new ZabMessage.Ping(BOND, 8),
                new ZabMessage.Pong(BOND, 8),
                new ZabMessage.Admit(BOND),
                new ZabMessage.TakeOver(BOND));
    }

    private static ZabMessage.Proposals proposals() {
        Entry first = Entry.after(LAST, 17, Zxid.of(7, 1), ZabCluster.bytes("one"));
        Entry second = Entry.after(first.zxid(), first.chain(), Zxid.of(7, 2), new byte[0]);
        return new ZabMessage.Proposals(BOND, List.of(first, second));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessageComesBackAsItWas(PeerMessage message) {
        assertThat(read(write(message))).isEqualTo(message);
    }

    @Test
    void theListAboveNamesEveryMessage() {
        List<Class<?>> named = Stream.concat(messages(), Stream.of(proposals()))
                .<Class<?>>map(Object::getClass)
                .toList();
        assertThat(named).contains(ZabMessage.class.getPermittedSubclasses());
    }

    @Test
    void entriesKeepPayloadChainAndOrder() {
        ZabMessage.Proposals back = (ZabMessage.Proposals) read(write(proposals()));

        assertThat(back).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(proposals());
        assertThat(back.entries().get(0).isChainedTo(LAST, 17)).isTrue();
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
            bytes[0] = (byte) random.nextInt(1, 22);
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
        boolean written = codec.write(() -> PeerMessage.Lane.LIVE, out);

        assertThat(written).isFalse();
        assertThat(out.size()).isZero();
        assertThat(codec.owns(0)).isFalse();
        assertThat(codec.owns(63)).isTrue();
        assertThat(codec.owns(64)).isFalse();
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
        PeerMessage message = codec.read(tag, in);
        return message;
    }
}
