package io.fluxkeeper.server.peer;

import static io.fluxkeeper.server.peer.TestPeer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.binary.BinaryWriter;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.DefaultPayload;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpClient;

/** A caller that is not the peer it should be, or does not keep to the protocol, at the port of peer 2. */
class PeerRefusalTest {
    private static LoopResources loops;

    private final Map<Integer, InetSocketAddress> addresses = TestPeer.addresses();
    private final TestPeer.Options options = new TestPeer.Options();
    private TestPeer two;

    @BeforeAll
    static void openLoops() {
        LeakWatch.requireNoLeak();
        loops = LoopResources.create("test-refusal", 1, true);
    }

    @AfterAll
    static void closeLoops() {
        LeakWatch.requireNoLeak();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(TestPeer.WAIT);
    }

    @BeforeEach
    void startPeer() {
        addresses.put(1, new InetSocketAddress("127.0.0.1", 1));
        two = new TestPeer(2, loops, options).start(addresses);
    }

    @AfterEach
    void stopPeer() {
        two.close();
    }

    @Test
    void whoWantedAnotherPeerIsRefused() {
        assertRefused(new Introduction(3, 1, 7, "zab", 1), "peer 3 wanted peer 1, but this is peer 2");
    }

    @Test
    void whoIsNotInTheEnsembleIsRefused() {
        assertRefused(
                new Introduction(9, 2, 7, "zab", 1), "peer 9 is not one of the ensemble [1, 2, 3] that peer 2 knows");
        assertRefused(
                new Introduction(0, 2, 7, "zab", 1), "peer 0 is not one of the ensemble [1, 2, 3] that peer 2 knows");
    }

    @Test
    void whoseIdIsSmallerDoesNotDial() {
        assertRefused(
                new Introduction(1, 2, 7, "zab", 1), "peer 1 does not dial peer 2: the one with the larger id dials");
    }

    @Test
    void whoRunsAnotherAlgorithmIsRefused() {
        assertRefused(new Introduction(3, 2, 7, "multi-paxos", 1), "peer 3 runs multi-paxos, but peer 2 runs zab");
        assertRefused(
                new Introduction(3, 2, 7, "zab\nERROR all is lost", 1),
                "peer 3 runs an algorithm that this version does not know, but peer 2 runs zab");
    }

    @Test
    void whoBelongsToAnotherEnsembleIsRefused() {
        assertRefused(new Introduction(3, 2, 0xabc, "zab", 1), "peer 3 belongs to the ensemble abc, but peer 2 to 7");
    }

    @Test
    void whoSpeaksAnotherVersionOrNoneIsRefused() {
        byte[] other = new Introduction(3, 2, 7, "zab", 1).toBytes();
        other[7] = 9;
        assertRefused(other, "the peer speaks version 9 of the peer protocol, this one version 1");
        assertRefused("hello".getBytes(StandardCharsets.UTF_8), "this is the port for peers, and the caller is none");
        assertRefused(new byte[1_000], "the introduction is longer than 256 bytes");
    }

    @Test
    void keepAlivesThatWouldKeepADeadSocketForHoursAreRefused() {
        RSocket caller = connector(new Introduction(3, 2, 7, "zab", 1).toBytes())
                .keepAlive(Duration.ofHours(1), Duration.ofHours(2))
                .connect(transport())
                .block(TestPeer.WAIT);
        assertThatThrownBy(() -> caller.onClose().block(TestPeer.WAIT))
                .isInstanceOf(RejectedSetupException.class)
                .hasMessage("peer 3 wants keep-alives every 3600000 ms with a lifetime of 7200000 ms,"
                        + " which is out of bounds");
    }

    @Test
    void anOlderProcessDoesNotTakeTheLinkOfANewerOne() {
        RSocket newer = connector(new Introduction(3, 2, 7, "zab", 9).toBytes())
                .connect(transport())
                .block(TestPeer.WAIT);
        open(newer, 0, Flux.never());
        open(newer, 1, Flux.never());
        await().until(() -> two.mailbox.upLink(3) == 1);
        RSocket older = connector(new Introduction(3, 2, 7, "zab", 8).toBytes())
                .connect(transport())
                .block(TestPeer.WAIT);
        assertThatThrownBy(() -> older.onClose().block(TestPeer.WAIT))
                .isInstanceOf(RejectedSetupException.class)
                .hasMessage("a newer process of peer 3 is linked with peer 2");
        assertThat(two.mailbox.upLink(3)).isEqualTo(1);
        newer.dispose();
    }

    @Test
    void aDiallerIsToldWhyItIsRefusedAndTriesOn() {
        TestPeer.Options other = new TestPeer.Options();
        other.consensus = "multi-paxos";
        try (TestPeer three = new TestPeer(3, loops, other).start(addresses)) {
            await().until(() -> three.registry
                            .get("fluxkeeper.peer.dials")
                            .tag("remote", "2")
                            .counter()
                            .count()
                    > 2);
            assertThat(three.mailbox.all()).isEmpty();
            assertThat(two.mailbox.all()).isEmpty();
        }
    }

    @Test
    void anAcceptedCallerThatOpensNoLaneIsSentAwayInTime() {
        two.close();
        options.timing = TestPeer.timing(Duration.ofMillis(300), Duration.ofMinutes(1));
        addresses.remove(2);
        two = new TestPeer(2, loops, options).start(addresses);
        RSocket caller = welcomeCaller();
        caller.onClose().onErrorComplete().block(TestPeer.WAIT);
        assertThat(two.mailbox.all()).isEmpty();
    }

    @Test
    void aLaneThatBeginsWithoutItsHelloClosesTheConnection() {
        RSocket caller = welcomeCaller();
        caller.requestChannel(Flux.just(DefaultPayload.create("no hello")).concatWith(Flux.never()))
                .subscribe(Payload::release, error -> {});
        caller.onClose().onErrorComplete().block(TestPeer.WAIT);
    }

    @Test
    void aMessageInTheWrongLaneOrOfNoFamilyClosesTheLink() {
        byte[] liveMessage = new BinaryWriter()
                .writeByte(TestMessage.TAG)
                .writeByte(1)
                .writeLong(1)
                .writeInt(0)
                .toByteArray();
        for (byte[] wrong : new byte[][] {liveMessage, {77}, {(byte) TestMessage.TAG}}) {
            RSocket caller = welcomeCaller();
            int links = two.mailbox.links(3).length();
            open(caller, 0, Flux.just(DefaultPayload.create(wrong)).delaySubscription(untilUp(links)));
            open(caller, 1, Flux.never());
            caller.onClose().onErrorComplete().block(TestPeer.WAIT);
            await().until(() -> two.mailbox.upLink(3) == 0);
        }
        assertThat(two.mailbox.links(3)).isEqualTo("+1 -1 +2 -2 +3 -3");
    }

    @Test
    void aPeerThatAsksForAnythingAtOnceLosesItsLink() {
        RSocket caller = welcomeCaller();
        // The default subscriber asks for all there is.
        caller.requestChannel(Flux.just(hello(0)).concatWith(Flux.never())).subscribe(Payload::release, error -> {});
        caller.onClose().onErrorComplete().block(TestPeer.WAIT);
    }

    private Flux<Long> untilUp(int linksBefore) {
        return Flux.interval(Duration.ofMillis(5))
                .filter(n -> two.mailbox.links(3).length() > linksBefore)
                .take(1);
    }

    private static void open(RSocket caller, int lane, Flux<Payload> then) {
        caller.requestChannel(Flux.just(hello(lane)).concatWith(then).concatWith(Flux.never()))
                .subscribe(new BaseSubscriber<>() {
                    @Override
                    protected void hookOnSubscribe(Subscription subscription) {
                        subscription.request(4);
                    }

                    @Override
                    protected void hookOnNext(Payload payload) {
                        payload.release();
                    }

                    @Override
                    protected void hookOnError(Throwable expected) {}
                });
    }

    private static Payload hello(int lane) {
        return DefaultPayload.create(
                new BinaryWriter().writeInt(0x464b4c41).writeByte(lane).toByteArray());
    }

    private RSocket welcomeCaller() {
        return connector(new Introduction(3, 2, 7, "zab", 1).toBytes())
                .connect(transport())
                .block(TestPeer.WAIT);
    }

    private void assertRefused(Introduction introduction, String sentence) {
        assertRefused(introduction.toBytes(), sentence);
    }

    private void assertRefused(byte[] introduction, String sentence) {
        RSocket caller = connector(introduction).connect(transport()).block(TestPeer.WAIT);
        assertThatThrownBy(() -> caller.onClose().block(TestPeer.WAIT))
                .isInstanceOf(RejectedSetupException.class)
                .hasMessage(sentence);
        assertThat(two.mailbox.all()).isEmpty();
    }

    private RSocketConnector connector(byte[] introduction) {
        return RSocketConnector.create()
                .keepAlive(Duration.ofSeconds(1), Duration.ofSeconds(5))
                .setupPayload(DefaultPayload.create(introduction));
    }

    private TcpClientTransport transport() {
        return TcpClientTransport.create(TcpClient.newConnection().runOn(loops).remoteAddress(() -> addresses.get(2)));
    }
}
