package io.fluxkeeper.server.peer;

import static io.fluxkeeper.server.peer.TestPeer.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.store.StateMeta;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.LoopResources;

/** Peer 1 leads and gives, peer 2 takes; and the other way round, since both dial and serve by the same connection. */
class StateTransferTest {
    private static final Zxid APPLIED = Zxid.of(3, 20_000);

    private static LoopResources loops;

    private final Map<Integer, InetSocketAddress> addresses = TestPeer.addresses();
    private final TestPeer.Options options = new TestPeer.Options();
    private TestPeer one;
    private TestPeer two;

    @BeforeAll
    static void openLoops() {
        LeakWatch.requireNoLeak();
        loops = LoopResources.create("test-transfer", 2, true);
    }

    @AfterAll
    static void closeLoops() {
        LeakWatch.requireNoLeak();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(TestPeer.WAIT);
    }

    @BeforeEach
    void startPeers() {
        options.peers = 2;
        startPeers(Duration.ofMinutes(1));
    }

    private void startPeers(Duration stateTransferMax) {
        options.timing = TestPeer.timing(TestPeer.TIMING.connectTimeout(), stateTransferMax);
        addresses.clear();
        one = new TestPeer(1, loops, options).start(addresses);
        two = new TestPeer(2, loops, options).start(addresses);
        PeerLinksTest.awaitUp(one, two);
    }

    @AfterEach
    void nothingIsLeftOpen() {
        one.close();
        two.close();
        for (TestPeer peer : List.of(one, two)) {
            await().until(() -> peer.stores.openPins.get() == 0 && peer.stores.openReceivers.get() == 0);
            assertThat(peer.stores.failure).isEmpty();
        }
    }

    @Test
    void aStateOfTwentyThousandRowsArrivesVerifiedAndReadyToServe() {
        transferSucceeds(one, two);
    }

    @Test
    void theDiallingSideCanBeTheOneThatGives() {
        transferSucceeds(two, one);
    }

    /** Rows beyond a frame's 2 MiB: the first just below it, with small ones before it in its chunk; then two larger. */
    @Test
    void rowsLargerThanAnyFrameArriveWhole() {
        SortedMap<String, byte[]> rows = new TreeMap<>();
        for (int row = 0; row < 250; row++) {
            rows.put(String.format("/row/%03d", row), new byte[1_000]);
        }
        rows.put("/row/250", value(1_900_000));
        rows.put("/row/251", value(3_200_000));
        rows.put("/row/252", value(5_000_000));
        rows.put("/row/253", value(0));
        StateMeta meta = one.stores.fill(rows, APPLIED);
        offer(one, two, 5);
        fetch(two, one, 5, meta);
        await().until(() -> fetched(two) != null
                || !two.mailbox.of(Input.StateFetchFailed.class).isEmpty());
        assertThat(two.mailbox.of(Input.StateFetchFailed.class)).isEmpty();
        SortedMap<String, byte[]> came =
                two.stores.files.get(fetched(two).input().file());
        assertThat(came.keySet()).isEqualTo(rows.keySet());
        assertThat(came).allSatisfy((key, value) -> assertThat(value).isEqualTo(rows.get(key)));
    }

    private static byte[] value(int size) {
        byte[] value = new byte[size];
        new SplittableRandom(size).nextBytes(value);
        return value;
    }

    private void transferSucceeds(TestPeer giver, TestPeer taker) {
        StateMeta meta = giver.stores.fill(20_000, APPLIED);
        offer(giver, taker, 5);
        assertThat(giver.mailbox.of(Input.StatePinned.class))
                .containsExactly(new Input.StatePinned(5, APPLIED, meta.chain(), meta.digest()));
        fetch(taker, giver, 5, meta);
        await().until(() -> fetched(taker) != null);
        ReplicaInput.StateFetched fetched = fetched(taker);
        assertThat(fetched.input())
                .isEqualTo(new Input.StateFetched(5, fetched.input().file(), APPLIED, meta.chain(), meta.digest()));
        assertThat(fetched.state()).isNotNull();
        assertThat(taker.stores.files.get(fetched.input().file())).hasSize(20_000);
        await().until(() -> giver.mailbox.of(Input.StateReleased.class).equals(List.of(new Input.StateReleased(5))));

        taker.transfer(new Effect.InstallState(5, fetched.input().file(), APPLIED, meta.digest()));
        await().until(() ->
                taker.stores.installed.equals(List.of(fetched.input().file())));
        taker.transfer(new Effect.DiscardState(5, fetched.input().file()));
        await().until(() -> !taker.stores.files.containsKey(fetched.input().file()));
    }

    @Test
    void aLostLinkFailsTheFetchDropsTheFileAndReleasesThePin() {
        CountDownLatch held = beginAndHoldTransfer();
        one.links().disconnect(new PeerId(2), one.mailbox.upLink(2), "the test wants it");
        held.countDown();
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 1);
        await().until(() -> one.mailbox.of(Input.StateReleased.class).size() == 1);
        assertThat(two.stores.files).isEmpty();
        assertThat(fetched(two)).isNull();
    }

    @Test
    void aTransferThatTheLeaderGivesUpFailsAtTheFollower() {
        CountDownLatch held = beginAndHoldTransfer();
        one.transfer(new Effect.ReleaseState(5));
        one.transfer(new Effect.ReleaseState(5));
        held.countDown();
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 1);
        assertThat(two.mailbox.of(Input.StateFetchFailed.class).get(0).reason()).contains("given up");
        assertThat(one.mailbox.of(Input.StateReleased.class)).hasSize(1);
        assertThat(two.stores.files).isEmpty();
    }

    @Test
    void noMoreIsReadThanTheFollowerHasTaken() {
        StateMeta meta = one.stores.fill(20_000, APPLIED);
        offer(one, two, 5);
        CountDownLatch held = two.stores.holdAfterNext();
        fetch(two, one, 5, meta);
        await().until(() -> one.stores.chunksRead.get() > 0);
        one.stores.settle();
        one.send(2, TestMessage.live(1));
        await().until(() -> two.mailbox.numbers(PeerMessage.Lane.LIVE).size() == 1);
        assertThat(one.stores.chunksRead.get()).isEqualTo(2);
        held.countDown();
        await().until(() -> fetched(two) != null);
        assertThat(one.stores.chunksRead.get()).isGreaterThan(5);
    }

    @Test
    void aTransferThatTakesTooLongFailsAtTheFollowerAndIsReleasedByTheLeader() {
        nothingIsLeftOpen();
        startPeers(Duration.ofMillis(300));
        CountDownLatch held = beginAndHoldTransfer();
        await().until(() -> one.mailbox.of(Input.StateReleased.class).size() == 1);
        held.countDown();
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 1);
        assertThat(two.stores.files).isEmpty();
    }

    @Test
    void anOfferThatNobodyFetchesEndsInTime() {
        nothingIsLeftOpen();
        startPeers(Duration.ofMillis(300));
        one.stores.fill(10, APPLIED);
        offer(one, two, 5);
        await().until(() -> one.mailbox.of(Input.StateReleased.class).size() == 1);
        assertThat(one.stores.openPins.get()).isZero();
    }

    @Test
    void anOfferForALinkThatIsGoneIsReleasedAtOnceAndAFetchByOneFails() {
        one.transfer(new Effect.OfferState(new PeerId(2), 99, 5));
        await().until(() -> one.mailbox.of(Input.StateReleased.class).size() == 1);
        assertThat(one.mailbox.of(Input.StatePinned.class)).isEmpty();
        two.transfer(new Effect.FetchState(new PeerId(1), 99, 6, APPLIED, 0));
        assertThat(two.mailbox.of(Input.StateFetchFailed.class))
                .containsExactly(new Input.StateFetchFailed(6, "the link to peer 1 is gone"));
    }

    @Test
    void whatWasNotOfferedIsRefusedInWords() {
        StateMeta meta = one.stores.fill(10, APPLIED);
        fetch(two, one, 8, meta);
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 1);
        offer(one, two, 5);
        fetch(two, one, 5, new StateMeta(Zxid.of(3, 1), 0, meta.digest()));
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 2);
        assertThat(two.mailbox.of(Input.StateFetchFailed.class))
                .extracting(Input.StateFetchFailed::reason)
                .containsExactly(
                        "transfer 8 is not offered by this link", "transfer 5 is of the state at 3:20000, not 3:1");
        assertThat(two.stores.files).isEmpty();
    }

    @Test
    void aFullDiskFailsTheTransferAndNotThePeer() {
        StateMeta meta = one.stores.fill(10, APPLIED);
        offer(one, two, 5);
        two.stores.diskFull = true;
        fetch(two, one, 5, meta);
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 1);
        assertThat(two.mailbox.of(Input.StateFetchFailed.class).get(0).reason()).contains("no space left");
    }

    @Test
    void aStateWithAnotherDigestThanItsRowsIsNotTaken() {
        StateMeta meta = one.stores.fill(5_000, APPLIED);
        offer(one, two, 5);
        one.stores.files.get("in-use").put("/row/0000000", new byte[1]);
        fetch(two, one, 5, meta);
        await().until(() -> two.mailbox.of(Input.StateFetchFailed.class).size() == 1);
        assertThat(two.mailbox.of(Input.StateFetchFailed.class).get(0).reason()).contains("digest");
        assertThat(two.stores.files).isEmpty();
    }

    /** The first chunks are on their way, and peer 2 does not take them until the latch is opened. */
    private CountDownLatch beginAndHoldTransfer() {
        StateMeta meta = one.stores.fill(20_000, APPLIED);
        offer(one, two, 5);
        CountDownLatch held = two.stores.holdAfterNext();
        fetch(two, one, 5, meta);
        await().until(() -> one.stores.chunksRead.get() > 0);
        return held;
    }

    private static ReplicaInput.StateFetched fetched(TestPeer peer) {
        return peer.mailbox.all().stream()
                .filter(ReplicaInput.StateFetched.class::isInstance)
                .map(ReplicaInput.StateFetched.class::cast)
                .findFirst()
                .orElse(null);
    }

    private static void offer(TestPeer giver, TestPeer taker, long transfer) {
        giver.transfer(new Effect.OfferState(new PeerId(taker.id), giver.mailbox.upLink(taker.id), transfer));
        await().until(() -> !giver.mailbox.of(Input.StatePinned.class).isEmpty());
    }

    private static void fetch(TestPeer taker, TestPeer giver, long transfer, StateMeta meta) {
        taker.transfer(new Effect.FetchState(
                new PeerId(giver.id), taker.mailbox.upLink(giver.id), transfer, meta.applied(), meta.digest()));
    }
}
