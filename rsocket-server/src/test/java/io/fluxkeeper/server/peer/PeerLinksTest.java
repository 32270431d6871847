package io.fluxkeeper.server.peer;

import static io.fluxkeeper.server.peer.TestPeer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessage.Lane;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.LoopResources;

/** Two or three peers in one JVM, over TCP on the loopback. */
class PeerLinksTest {
    private static LoopResources loops;

    private final Map<Integer, InetSocketAddress> addresses = TestPeer.addresses();
    private final List<TestPeer> peers = new ArrayList<>();

    @BeforeAll
    static void openLoops() {
        LeakWatch.requireNoLeak();
        loops = LoopResources.create("test-peer", 2, true);
    }

    @AfterAll
    static void closeLoops() {
        LeakWatch.requireNoLeak();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(TestPeer.WAIT);
    }

    @AfterEach
    void closePeers() {
        peers.forEach(TestPeer::close);
    }

    @Test
    void linksComeUpOnceOnBothSidesOfEachPair() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        TestPeer three = start(3);
        awaitUp(one, two);
        awaitUp(one, three);
        awaitUp(two, three);
        assertThat(List.of(one.mailbox.links(2), one.mailbox.links(3))).containsExactlyInAnyOrder("+1", "+2");
        assertThat(List.of(three.mailbox.links(1), three.mailbox.links(2))).containsExactlyInAnyOrder("+1", "+2");
        assertThat(two.registry
                        .get("fluxkeeper.peer.link.up")
                        .tag("remote", "3")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void messagesOfBothLanesArriveBothWaysWithTheReceiversLinkNumber() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        one.send(2, TestMessage.log(1), TestMessage.log(2));
        one.send(2, TestMessage.live(3));
        two.send(1, TestMessage.live(4));
        two.send(1, TestMessage.log(5));
        await().until(() -> two.mailbox.of(Input.Received.class).size() == 3);
        await().until(() -> one.mailbox.of(Input.Received.class).size() == 2);
        assertThat(two.mailbox.numbers(Lane.LOG)).containsExactly(1L, 2L);
        assertThat(two.mailbox.of(Input.Received.class))
                .contains(new Input.Received(new PeerId(1), two.mailbox.upLink(1), TestMessage.live(3)));
        assertThat(one.mailbox.numbers(Lane.LIVE)).containsExactly(4L);
        assertThat(one.mailbox.numbers(Lane.LOG)).containsExactly(5L);
    }

    @Test
    void aHundredThousandMessagesKeepTheirLanesOrderThoughTheReceiverIsSlow() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        two.mailbox.stuck();
        for (long n = 0; n < 100_000; n += 10) {
            one.send(2, range(Lane.LOG, n, 10));
            one.send(2, range(Lane.LIVE, n, 10));
            two.mailbox.handleOne();
        }
        await().until(() -> {
            while (two.mailbox.handleOne()) {}
            return two.mailbox.of(Input.Received.class).size() == 200_000;
        });
        List<Long> inOrder = LongStream.range(0, 100_000).boxed().toList();
        assertThat(two.mailbox.numbers(Lane.LOG)).isEqualTo(inOrder);
        assertThat(two.mailbox.numbers(Lane.LIVE)).isEqualTo(inOrder);
        assertThat(two.mailbox.links(1)).isEqualTo("+1");
    }

    @Test
    void aReceiverThatHandlesNothingIsSentNoMoreThanItAskedForAndAtTheBoundLosesItsLink() {
        TestPeer.Options options = new TestPeer.Options();
        options.bounds = new PeerLinksConfig.Bounds(8 << 20, 1 << 20, 10_000, 64);
        TestPeer one = start(1, options);
        TestPeer two = start(2);
        awaitUp(one, two);
        two.mailbox.stuck();
        long link = one.mailbox.upLink(2);
        for (int n = 0; n < 10; n++) {
            one.sendBy(link, 2, new TestMessage(Lane.LOG, n, 700_000));
        }
        await().until(() -> two.mailbox.waitingFrames() == LaneStream.LOG_PREFETCH);
        await().until(() -> queuedBytes(one, 2) > 6 * 700_000);
        one.sendBy(link, 2, TestMessage.live(99));
        await().until(() -> two.mailbox.numbers(Lane.LIVE).contains(99L));
        assertThat(two.mailbox.waitingFrames()).isEqualTo(LaneStream.LOG_PREFETCH);
        assertThat(one.mailbox.links(2)).isEqualTo("+1");

        for (int n = 10; n < 20; n++) {
            one.sendBy(link, 2, new TestMessage(Lane.LOG, n, 700_000));
        }
        await().until(() -> one.mailbox.links(2).equals("+1 -1 +2"));
        await().until(() -> two.mailbox.links(1).equals("+1 -1 +2"));
        assertThat(two.mailbox.numbers(Lane.LOG)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(queuedBytes(one, 2)).isZero();
    }

    @Test
    void whatWaitsIsSentOnceTheReceiverHandlesItsFrames() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        two.mailbox.stuck();
        for (int n = 0; n < 10; n++) {
            one.send(2, new TestMessage(Lane.LOG, n, 700_000));
        }
        await().until(() -> two.mailbox.waitingFrames() == LaneStream.LOG_PREFETCH);
        await().until(() -> {
            two.mailbox.handleOne();
            return two.mailbox.numbers(Lane.LOG).size() == 10;
        });
        assertThat(two.mailbox.numbers(Lane.LOG)).isSorted();
    }

    @Test
    void aFrameTooLargeForOnePayloadIsSplitAndArrivesInOrder() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        PeerMessage[] heavy = LongStream.range(0, 20)
                .mapToObj(n -> new TestMessage(Lane.LOG, n, 300_000))
                .toArray(PeerMessage[]::new);
        one.send(2, heavy);
        await().until(() -> two.mailbox.numbers(Lane.LOG).size() == 20);
        assertThat(two.mailbox.numbers(Lane.LOG)).isSorted();
        assertThat(two.mailbox.links(1)).isEqualTo("+1");
    }

    @Test
    void aMessageLargerThanAFrameClosesTheLinkInsteadOfBeingCut() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        one.send(2, new TestMessage(Lane.LOG, 1, 3 << 20));
        await().until(() -> one.mailbox.links(2).equals("+1 -1 +2"));
        assertThat(two.mailbox.numbers(Lane.LOG)).isEmpty();
    }

    @Test
    void aFullLiveLaneClosesTheLink() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        two.mailbox.withFullLiveLane();
        one.send(2, TestMessage.live(1));
        await().until(() -> two.mailbox.links(1).equals("+1 -1 +2"));
    }

    @Test
    void aDisconnectedLinkGoesDownOnBothSidesAndANewOneComes() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        one.links().disconnect(new PeerId(2), 1, "the test wants it");
        one.links().disconnect(new PeerId(2), 1, "the test wants it twice");
        await().until(() -> one.mailbox.links(2).equals("+1 -1 +2"));
        await().until(() -> two.mailbox.links(1).equals("+1 -1 +2"));
        one.sendBy(1, 2, TestMessage.log(1));
        one.sendBy(2, 2, TestMessage.log(2));
        await().until(() -> two.mailbox.numbers(Lane.LOG).contains(2L));
        assertThat(two.mailbox.numbers(Lane.LOG)).containsExactly(2L);
    }

    @Test
    void aPeerThatRestartsIsMetAgainWhetherItDialsOrIsDialled() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        TestPeer three = start(3);
        awaitUp(one, two);
        awaitUp(two, three);
        stop(two);
        await().until(() -> one.mailbox.links(2).equals("+" + firstLink(one, 2) + " -" + firstLink(one, 2)));
        await().until(() -> three.mailbox.upLink(2) == 0);
        TestPeer.Options options = new TestPeer.Options();
        options.incarnation = 2;
        TestPeer again = start(2, options);
        awaitUp(one, again);
        awaitUp(again, three);
        assertThat(one.mailbox.of(Input.LinkUp.class))
                .extracting(Input.LinkUp::link)
                .isSorted();
    }

    @Test
    void aNewerConnectionOfTheSamePeerTakesOverAndTheOlderProcessIsRefused() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        TestPeer.Options options = new TestPeer.Options();
        options.incarnation = 2;
        Map<Integer, InetSocketAddress> others = TestPeer.addresses();
        others.put(1, addresses.get(1));
        TestPeer newer = new TestPeer(2, loops, options).start(others);
        peers.add(newer);
        await().until(() -> one.mailbox.links(2).equals("+1 -1 +2"));
        awaitUp(one, newer);
        await().until(() -> two.mailbox.links(1).equals("+1 -1"));
        double dialled = two.dials(1);
        await().until(() -> two.dials(1) > dialled + 2);
        assertThat(two.mailbox.links(1)).isEqualTo("+1 -1");
        assertThat(one.mailbox.links(2)).isEqualTo("+1 -1 +2");
    }

    @Test
    void nothingOfALinkIsDeliveredAfterItsEnd() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        for (int round = 1; round <= 20; round++) {
            await().until(() -> one.mailbox.upLink(2) != 0 && two.mailbox.upLink(1) != 0);
            long link = one.mailbox.upLink(2);
            for (int n = 0; n < 50; n++) {
                one.sendBy(link, 2, TestMessage.log(n));
                one.sendBy(link, 2, TestMessage.live(n));
            }
            two.links().disconnect(new PeerId(1), two.mailbox.upLink(1), "the test wants it");
            await().until(() -> one.mailbox.upLink(2) > link);
        }
        long up = 0;
        for (Input input : two.mailbox.consensus()) {
            if (input instanceof Input.LinkUp now) {
                up = now.link();
            } else if (input instanceof Input.LinkDown) {
                up = 0;
            } else if (input instanceof Input.Received received) {
                assertThat(received.link()).isEqualTo(up);
            }
        }
    }

    @Test
    void garbageOnThePortClosesThatConnectionAlone() throws Exception {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        for (String garbage : List.of(
                "GET / HTTP/1.1\r\n\r\n",
                "\0\0\20garbage that is as long as it says",
                "\377\377\377\377\377\377\377")) {
            try (Socket socket = new Socket("127.0.0.1", addresses.get(1).getPort())) {
                socket.getOutputStream().write(garbage.getBytes(StandardCharsets.ISO_8859_1));
                assertThat(closes(socket)).isTrue();
            }
        }
        one.send(2, TestMessage.log(1));
        await().until(() -> two.mailbox.numbers(Lane.LOG).size() == 1);
        assertThat(one.mailbox.links(2)).isEqualTo("+1");
    }

    @Test
    void aCallerThatSaysNothingIsSentAway() throws Exception {
        TestPeer.Options options = new TestPeer.Options();
        options.timing = TestPeer.timing(Duration.ofMillis(200), Duration.ofMinutes(1));
        start(1, options);
        try (Socket socket = new Socket("127.0.0.1", addresses.get(1).getPort())) {
            assertThat(closes(socket)).isTrue();
        }
    }

    @Test
    void callersBeyondTheBoundAreSentAwayAtOnce() throws Exception {
        TestPeer.Options options = new TestPeer.Options();
        options.bounds = new PeerLinksConfig.Bounds(1 << 20, 1 << 20, 100, 2);
        start(1, options);
        int port = addresses.get(1).getPort();
        try (Socket first = new Socket("127.0.0.1", port);
                Socket second = new Socket("127.0.0.1", port);
                Socket third = new Socket("127.0.0.1", port)) {
            // Which of them comes last is the event loops' affair.
            await().atMost(Duration.ofSeconds(10)).until(() -> isClosed(first) || isClosed(second) || isClosed(third));
        }
    }

    @Test
    void stoppingTakesAllLinksDownAndNoneComesUpAfterwards() {
        TestPeer one = start(1);
        TestPeer two = start(2);
        awaitUp(one, two);
        stop(one);
        await().until(() -> one.mailbox.links(2).equals("+1 -1"));
        await().until(() -> two.mailbox.links(1).equals("+1 -1"));
        double dialled = two.dials(1);
        await().until(() -> two.dials(1) > dialled + 2);
        assertThat(two.mailbox.links(1)).isEqualTo("+1 -1");
        assertThat(one.mailbox.links(2)).isEqualTo("+1 -1");
    }

    private static boolean isClosed(Socket socket) throws Exception {
        socket.setSoTimeout(10);
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        }
    }

    private static boolean closes(Socket socket) throws Exception {
        socket.setSoTimeout((int) TestPeer.WAIT.toMillis());
        InputStream in = socket.getInputStream();
        try {
            while (in.read() >= 0) {}
        } catch (SocketException reset) {
            return true;
        }
        return true;
    }

    private static PeerMessage[] range(Lane lane, long from, int count) {
        return LongStream.range(from, from + count)
                .mapToObj(n -> new TestMessage(lane, n, 0))
                .toArray(PeerMessage[]::new);
    }

    private static double queuedBytes(TestPeer peer, int to) {
        return peer.registry
                .get("fluxkeeper.peer.queue.bytes")
                .tag("remote", Integer.toString(to))
                .gauge()
                .value();
    }

    private static long firstLink(TestPeer peer, int other) {
        return peer.mailbox.of(Input.LinkUp.class).stream()
                .filter(up -> up.peer().value() == other)
                .findFirst()
                .orElseThrow()
                .link();
    }

    private TestPeer start(int id) {
        return start(id, new TestPeer.Options());
    }

    private TestPeer start(int id, TestPeer.Options options) {
        TestPeer peer = new TestPeer(id, loops, options).start(addresses);
        peers.add(peer);
        return peer;
    }

    private void stop(TestPeer peer) {
        peer.close();
        peers.remove(peer);
    }

    static void awaitUp(TestPeer a, TestPeer b) {
        await().until(() -> a.mailbox.upLink(b.id) != 0 && b.mailbox.upLink(a.id) != 0);
    }
}
