package io.fluxkeeper.core.consensus.paxos;

import static io.fluxkeeper.core.consensus.paxos.PaxosScript.ONE;
import static io.fluxkeeper.core.consensus.paxos.PaxosScript.THREE;
import static io.fluxkeeper.core.consensus.paxos.PaxosScript.TWO;
import static io.fluxkeeper.core.consensus.paxos.PaxosScript.history;
import static io.fluxkeeper.core.consensus.paxos.PaxosScript.promise;
import static io.fluxkeeper.core.consensus.paxos.PaxosScript.slot;
import static io.fluxkeeper.core.consensus.paxos.PaxosScript.vote;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.DurableRecord.Accepted;
import io.fluxkeeper.core.consensus.DurableRecord.Promised;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each rule that the code relies on, by one peer whose fellows and whose disk the test plays. */
class PaxosRulesTest {
    private static final Ballot B1 = Ballot.of(1, ONE);
    private static final Ballot B2 = Ballot.of(2, TWO);
    private static final Ballot B3 = Ballot.of(3, THREE);
    private static final List<Entry> NOTHING = List.of();

    private static String text(Accepted vote) {
        return vote.slot().counter() + "=" + new String(vote.payload());
    }

    private static PaxosMessage.Prepare prepare(Ballot ballot, long from) {
        return new PaxosMessage.Prepare(ballot, slot(from), false);
    }

    // ---- the acceptor

    @Test
    void aPromiseLeavesAfterItIsDurableAndTellsWhatWasAccepted() {
        PaxosScript peer = PaxosScript.peer(1, B1, history("a"), vote(B1, 2, "b"), vote(B1, 4, "d"));

        peer.receive(TWO, prepare(B2, 2));

        assertThat(peer.host.traced(Effect.Persist.class))
                .containsExactly(new Effect.Persist(new Promised(B2.number())));
        Effect.Send send = peer.host.traced(Effect.Send.class).get(0);
        assertThat(send.when()).isEqualTo(Effect.When.DURABLE);
        PaxosMessage.Promise promise = (PaxosMessage.Promise) send.message();
        assertThat(promise.votes()).extracting(PaxosRulesTest::text).containsExactly("2=b", "4=d");
        assertThat(promise.more()).isFalse();
        assertThat(promise.decided()).isEqualTo(slot(1));
    }

    @Test
    void aLowerBallotIsRefusedWithTheOnePromised() {
        PaxosScript peer = PaxosScript.peer(1, B3, NOTHING);

        peer.receive(TWO, prepare(B2, 1));

        assertThat(peer.host.sent(PaxosMessage.Nack.class)).containsExactly(new PaxosMessage.Nack(B2, B3));
        assertThat(peer.host.sent(PaxosMessage.Promise.class)).isEmpty();
    }

    @Test
    void theSameBallotIsPromisedAgainButNotWrittenAgain() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);

        peer.receive(TWO, prepare(B2, 1)).persist().receive(TWO, prepare(B2, 1));

        assertThat(peer.host.sent(PaxosMessage.Promise.class)).hasSize(2);
        assertThat(peer.host.traced(Effect.Persist.class)).hasSize(1);
    }

    @Test
    void aBallotIsPromisedToItsProposerOnly() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);

        peer.receive(THREE, prepare(B2, 1));

        assertThat(peer.host.trace).isEmpty();
    }

    @Test
    void promisesComeInPages() {
        PaxosLimits small = new PaxosLimits(60, 60, 5_000, 10, 100, 100_000, 40, 100_000);
        PaxosScript peer =
                PaxosScript.peer(1, small, B1, NOTHING, vote(B1, 1, "a"), vote(B1, 2, "b"), vote(B1, 5, "e"));

        peer.receive(TWO, prepare(B2, 1)).persist();
        peer.receive(TWO, prepare(B2, 2)).receive(TWO, prepare(B2, 3));

        List<PaxosMessage.Promise> pages = peer.host.sent(PaxosMessage.Promise.class);
        assertThat(pages).extracting(page -> text(page.votes().get(0))).containsExactly("1=a", "2=b", "5=e");
        assertThat(pages).extracting(PaxosMessage.Promise::more).containsExactly(true, true, false);
    }

    @Test
    void whoHearsALeaderPromisesNobodyElseUnlessTheLeaderAsksForIt() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.receive(TWO, new PaxosMessage.Heartbeat(B2, 1));
        assertThat(peer.host.role()).isEqualTo(Role.FOLLOWING);

        peer.receive(THREE, prepare(B3, 1)).persist();
        assertThat(peer.host.sent(PaxosMessage.Promise.class)).isEmpty();

        peer.receive(THREE, new PaxosMessage.Prepare(B3, slot(1), true)).persist();
        assertThat(peer.host.sent(PaxosMessage.Promise.class)).hasSize(1);
        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void aLearnerPromisesNothing() {
        PaxosScript peer = PaxosScript.learner(1, B1);

        peer.receive(TWO, prepare(B2, 1)).tick(50);

        assertThat(peer.host.trace).isEmpty();
    }

    @Test
    void nothingIsAcceptedBelowAPromise() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.receive(TWO, new PaxosMessage.Heartbeat(B2, 1)).persist();
        Bond bond = peer.last(PaxosMessage.Join.class).bond();
        peer.receive(THREE, new PaxosMessage.Prepare(B3, slot(1), true)).persist();
        peer.host.trace.clear();

        peer.receive(TWO, new PaxosMessage.Accept(bond, Zxid.ZERO, List.of(BroadcastCluster.bytes("late"))));

        assertThat(peer.persistedVotes()).isEmpty();
        assertThat(peer.host.sent(PaxosMessage.Accepted.class)).isEmpty();
    }

    @Test
    void anAcceptanceLeavesAfterItIsDurable() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.receive(TWO, new PaxosMessage.Heartbeat(B2, 1)).persist();
        Bond bond = peer.last(PaxosMessage.Join.class).bond();

        peer.receive(TWO, new PaxosMessage.Accept(bond, Zxid.ZERO, List.of(BroadcastCluster.bytes("a"))));

        assertThat(peer.persistedVotes()).extracting(PaxosRulesTest::text).containsExactly("1=a");
        assertThat(peer.host.traced(Effect.Send.class))
                .filteredOn(send -> send.message() instanceof PaxosMessage.Accepted)
                .containsExactly(
                        new Effect.Send(TWO, 2, new PaxosMessage.Accepted(bond, slot(1)), Effect.When.DURABLE));
    }

    @Test
    void aFetchedStateDoesNotMakeAnAcceptorForgetItsVotes() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING, vote(B1, 2, "b"), vote(B1, 7, "g"));
        peer.receive(TWO, new PaxosMessage.Heartbeat(B2, 1)).persist();
        Bond bond = peer.last(PaxosMessage.Join.class).bond();
        peer.receive(TWO, new PaxosMessage.Snap(bond, 9, slot(5), 55, 66));
        peer.host.trace.clear();

        peer.host.handleWithoutEnd(new Input.StateFetched(9, "state-1", slot(5), 55, 66));

        assertThat(peer.persistedVotes()).extracting(PaxosRulesTest::text).containsExactly("7=g");
    }

    // ---- the proposer

    @Test
    void aBallotIsNeverUsedAgainAlsoAfterARestart() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.propose();
        Ballot first = peer.last(PaxosMessage.Prepare.class).ballot();
        assertThat(peer.host.disk().epochs().accepted()).isEqualTo(first.number());

        peer.host.crash();
        peer.host.trace.clear();
        peer.host.start();
        peer.link(TWO).link(THREE).propose();

        assertThat(peer.last(PaxosMessage.Prepare.class).ballot()).isGreaterThan(first);
    }

    @Test
    void prepareLeavesAfterTheOwnPromiseIsDurable() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.host.diskHeld = true;

        peer.propose();

        List<Effect> trace = peer.host.trace;
        Effect.Send prepare = peer.host.traced(Effect.Send.class).stream()
                .filter(send -> send.message() instanceof PaxosMessage.Prepare)
                .findFirst()
                .orElseThrow();
        assertThat(prepare.when()).isEqualTo(Effect.When.DURABLE);
        assertThat(trace.indexOf(prepare))
                .isGreaterThan(
                        trace.indexOf(peer.host.traced(Effect.Persist.class).get(0)));
    }

    @Test
    void aBallotGoesBeyondEveryOneHeardOf() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.receive(TWO, new PaxosMessage.Nack(B1, Ballot.of(40, THREE)));

        peer.propose();

        assertThat(peer.last(PaxosMessage.Prepare.class).ballot()).isEqualTo(Ballot.of(41, ONE));
    }

    @Test
    void nobodyProposesWithoutThePreVoteOfAQuorum() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);

        peer.tick(200);

        assertThat(peer.host.sent(PaxosMessage.Probe.class)).hasSizeGreaterThan(10);
        assertThat(peer.host.sent(PaxosMessage.Prepare.class)).isEmpty();
        assertThat(peer.host.disk().epochs().accepted()).isEqualTo(B1.number());
    }

    @Test
    void aPreVoteIsNotGivenToOneThatLacksWhatIsDecidedNorBesideALeader() {
        PaxosScript peer = PaxosScript.peer(1, B1, history("a", "b"));

        peer.receive(TWO, new PaxosMessage.Probe(1, slot(1))).receive(TWO, new PaxosMessage.Probe(2, slot(2)));
        peer.receive(THREE, new PaxosMessage.Heartbeat(B3, 1)).receive(TWO, new PaxosMessage.Probe(3, slot(2)));

        assertThat(peer.host.sent(PaxosMessage.ProbeAnswer.class))
                .extracting(PaxosMessage.ProbeAnswer::granted)
                .containsExactly(false, true, false);
    }

    @Test
    void theValueOfTheHighestBallotIsProposedAgainAndAGapIsFilledWithANoOp() {
        PaxosScript peer = PaxosScript.peer(1, B3, NOTHING, vote(B1, 1, "old"), vote(B2, 4, "mine"));
        peer.propose();
        PaxosMessage.Prepare prepare = peer.last(PaxosMessage.Prepare.class);

        peer.receive(TWO, promise(prepare, Zxid.ZERO, false, vote(B2, 1, "new"), vote(B1, 2, "other")));

        assertThat(peer.host.role()).isEqualTo(Role.LEADING);
        assertThat(peer.persistedVotes())
                .extracting(PaxosRulesTest::text)
                .containsExactly("1=new", "2=other", "3=", "4=mine");
        assertThat(peer.persistedVotes())
                .allSatisfy(vote ->
                        assertThat(vote.ballot()).isEqualTo(prepare.ballot().number()));
        assertThat(peer.host.isServing()).isFalse();
    }

    @Test
    void everythingFoundIsDecidedAnewBeforeTheLeaderServes() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING, vote(B1, 1, "a"));
        peer.lead(TWO).persist();
        Ballot ballot = peer.last(PaxosMessage.Heartbeat.class).ballot();
        Bond bond = new Bond(ballot, 1);

        peer.receive(TWO, new PaxosMessage.Join(bond, PaxosScript.ENSEMBLE, Zxid.ZERO, 0, true));
        assertThat(peer.host.isServing()).isFalse();
        assertThat(peer.last(PaxosMessage.Accept.class).payloads()).hasSize(1);

        peer.receive(TWO, new PaxosMessage.Accepted(bond, slot(1)));
        assertThat(peer.host.isServing()).isTrue();
        assertThat(peer.host.appliedZxids()).containsExactly(slot(1));
    }

    @Test
    void anIncompletePromiseDoesNotCount() {
        PaxosLimits limits = PaxosCluster.LIMITS;
        PaxosScript peer = PaxosScript.peer(1, limits, B1, NOTHING);
        peer.propose();
        PaxosMessage.Prepare first = peer.last(PaxosMessage.Prepare.class);

        peer.receive(TWO, promise(first, Zxid.ZERO, true, vote(B1, 1, "a")));
        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);
        PaxosMessage.Prepare second = peer.last(PaxosMessage.Prepare.class);
        assertThat(second.from()).isEqualTo(slot(2));

        peer.receive(TWO, promise(second, Zxid.ZERO, false, vote(B1, 2, "b")));
        assertThat(peer.persistedVotes()).extracting(PaxosRulesTest::text).containsExactly("1=a", "2=b");
    }

    @Test
    void aPromiseThatCameByALinkThatBrokeDoesNotCount() {
        PaxosScript peer = PaxosScript.peer(1, PaxosCluster.LIMITS, B1, NOTHING);
        peer.propose();
        PaxosMessage.Prepare prepare = peer.last(PaxosMessage.Prepare.class);
        peer.receive(TWO, promise(prepare, Zxid.ZERO, true, vote(B1, 1, "a")));

        peer.host.handle(new Input.LinkDown(TWO, 2));
        peer.link(TWO);
        peer.receive(TWO, new PaxosMessage.Promise(prepare.ballot(), slot(2), List.of(), false, Zxid.ZERO));

        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void nothingIsProposedWhereAnybodyKnowsADecisionItIsFetched() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING, vote(B1, 2, "not chosen"));
        List<Entry> decided = history("a", "b", "c");
        peer.propose();
        PaxosMessage.Prepare prepare = peer.last(PaxosMessage.Prepare.class);

        peer.receive(TWO, promise(prepare, slot(3), false, vote(B1, 5, "e")));
        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);
        assertThat(peer.host.sent(PaxosMessage.Fetch.class))
                .containsExactly(new PaxosMessage.Fetch(prepare.ballot(), Zxid.ZERO));

        peer.receive(TWO, new PaxosMessage.Learn(prepare.ballot(), decided.subList(0, 2)));
        assertThat(peer.last(PaxosMessage.Fetch.class).after()).isEqualTo(slot(2));
        peer.receive(TWO, new PaxosMessage.Learn(prepare.ballot(), decided.subList(2, 3)));

        assertThat(peer.host.role()).isEqualTo(Role.LEADING);
        assertThat(peer.persistedVotes()).extracting(PaxosRulesTest::text).containsExactly("4=", "5=e");
        peer.persist();
        assertThat(peer.host.applied())
                .extracting(Entry::chain)
                .endsWith(decided.get(2).chain());
    }

    @Test
    void aCandidateThatLacksMoreThanIsKeptFetchesTheState() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.propose();
        PaxosMessage.Prepare prepare = peer.last(PaxosMessage.Prepare.class);
        peer.receive(TWO, promise(prepare, slot(9), false));

        peer.receive(TWO, new PaxosMessage.Snap(new Bond(prepare.ballot(), 0), 12, slot(9), 55, 66));
        assertThat(peer.host.traced(Effect.FetchState.class))
                .containsExactly(new Effect.FetchState(TWO, 2, 12, slot(9), 66));
        peer.host.handleWithoutEnd(new Input.StateFetched(12, "state-1", slot(9), 55, 66));

        assertThat(peer.host.role()).isEqualTo(Role.LEADING);
        assertThat(peer.host.broadcast().lastCommitted()).isEqualTo(slot(9));
    }

    @Test
    void aLeaderThatHearsOfAHigherBallotGivesUp() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING).lead(TWO);
        Ballot ballot = peer.last(PaxosMessage.Heartbeat.class).ballot();

        peer.receive(THREE, new PaxosMessage.Nack(ballot, Ballot.of(90, THREE)));

        assertThat(peer.host.role()).isEqualTo(Role.LOOKING);
    }

    @Test
    void theLeaderCountsItselfOnlyByItsOwnDisk() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING).lead(TWO);
        Ballot ballot = peer.last(PaxosMessage.Heartbeat.class).ballot();
        Bond bond = new Bond(ballot, 1);
        Bond learner = new Bond(ballot, 1);
        peer.receive(TWO, new PaxosMessage.Join(bond, PaxosScript.ENSEMBLE, Zxid.ZERO, 0, true));
        peer.receive(THREE, new PaxosMessage.Join(learner, PaxosScript.ENSEMBLE, Zxid.ZERO, 0, false));
        peer.host.propose("a");

        peer.receive(TWO, new PaxosMessage.Accepted(bond, slot(1)));
        peer.receive(THREE, new PaxosMessage.Accepted(learner, slot(1)));
        assertThat(peer.host.broadcast().lastCommitted()).isEqualTo(Zxid.ZERO);

        peer.persist();
        assertThat(peer.host.broadcast().lastCommitted()).isEqualTo(slot(1));
    }

    // ---- the learner

    @Test
    void whatIsDecidedBeyondWhatWasAcceptedIsAGapAndBreaksTheLink() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING, vote(B1, 1, "of another ballot"));
        peer.receive(TWO, new PaxosMessage.Heartbeat(B2, 1)).persist();
        Bond bond = peer.last(PaxosMessage.Join.class).bond();

        peer.receive(TWO, new PaxosMessage.Decided(bond, slot(1), 5, true));

        assertThat(peer.host.applied()).isEmpty();
        assertThat(peer.host.traced(Effect.Disconnect.class))
                .extracting(Effect.Disconnect::reason)
                .containsExactly("gap: decided up to 0:1, but accepted up to 0:0");
    }

    @Test
    void aDecisionOfAnotherValueThanTheOneAcceptedStopsThePeer() {
        PaxosScript peer = PaxosScript.peer(1, B1, NOTHING);
        peer.receive(TWO, new PaxosMessage.Heartbeat(B2, 1)).persist();
        Bond bond = peer.last(PaxosMessage.Join.class).bond();
        peer.receive(TWO, new PaxosMessage.Accept(bond, Zxid.ZERO, List.of(BroadcastCluster.bytes("a"))));

        assertThatThrownBy(() -> peer.receive(TWO, new PaxosMessage.Decided(bond, slot(1), 12345, true)))
                .isInstanceOf(Invariant.Broken.class)
                .hasMessageContaining("another value than the leader's is decided up to 0:1");
    }

    @Test
    void aVoteOfAnOlderBallotIsNotTakenForTheChosenOne() {
        PaxosLog log = new PaxosLog(
                PaxosScript.peer(1, B1, NOTHING, vote(B1, 1, "old")).host.disk().recover(),
                PaxosCluster.LIMITS,
                PaxosScript.peer(2, B1, NOTHING).host);

        assertThatThrownBy(() -> log.decide(slot(1), B2))
                .isInstanceOf(Invariant.Broken.class)
                .hasMessageContaining("slot 0:1 is decided by ballot 2.2, but accepted here is 0:1@257");
    }

    @Test
    void afterTheLastCounterOfAnEpochComesTheFirstOfTheNext() {
        Zxid last = Zxid.of(0, Zxid.COUNTER_MAX);

        assertThat(AcceptedTail.next(last)).isEqualTo(Zxid.of(1, 1));
        assertThat(AcceptedTail.previous(Zxid.of(1, 1))).isEqualTo(last);
        assertThat(Zxid.of(1, 1).follows(last)).isTrue();
    }

    @Test
    void timingAndLimitsThatContradictThemselvesAreRefusedInWords() {
        assertThatThrownBy(() -> new PaxosTiming(5, 3, 10, 20, 20, 200, 20))
                .hasMessage("syncTicks (10) must exceed two pingTicks (5)");
        assertThatThrownBy(() -> new PaxosLimits(100, 100, 1, 0, 10, 5, 1, 1))
                .hasMessage("historyBytesPinnedMax (5) is below historyBytesKept (10)");
    }
}
