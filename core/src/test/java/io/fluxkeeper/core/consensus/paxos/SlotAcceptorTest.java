package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fluxkeeper.core.PeerId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Paxos for one decision, by every order in which things can happen: three acceptors, two proposers with a value each,
 * a bounded number of ballots. A message may arrive at any time later, more than once, or never. In every state that can
 * be reached at most one value has been chosen.
 */
class SlotAcceptorTest {
    private static final int ACCEPTORS = 3;
    private static final int QUORUM = 2;
    /** Fewer would mean that something is not tried any more. */
    private static final int STATES_AT_LEAST = 10_000;

    private static final PeerId FIRST = new PeerId(1);
    private static final PeerId SECOND = new PeerId(2);
    private static final Ballot LOW = Ballot.of(1, FIRST);
    private static final Ballot HIGH = Ballot.of(2, SECOND);

    /**
     * What is tried: ballots in the order of their numbers, each with what its proposer wants when it is free. Three give
     * 10,432 states, the fourth ({@code -Dpaxos.ballots=4}) makes them 184,744.
     */
    private static final List<Ballot> BALLOTS = List.of(LOW, Ballot.of(1, SECOND), Ballot.of(2, FIRST), HIGH)
            .subList(0, Integer.getInteger("paxos.ballots", 3));

    private static final List<String> WANTED = List.of("a", "b", "a", "b");

    // ---- sentence by sentence

    @Test
    void aPromiseIsMadeToAHigherBallotAndToTheSameOneAgain() {
        SlotAcceptor<String> promised = SlotAcceptor.<String>empty().prepare(LOW);

        assertThat(promised).isEqualTo(new SlotAcceptor<>(LOW, null));
        assertThat(promised.prepare(LOW)).isEqualTo(promised);
        assertThat(promised.prepare(HIGH).promised()).isEqualTo(HIGH);
        assertThat(promised.prepare(HIGH).prepare(LOW)).isNull();
    }

    @Test
    void aProposalIsAcceptedUnlessAHigherBallotWasPromised() {
        SlotAcceptor<String> promised = SlotAcceptor.<String>empty().prepare(HIGH);

        assertThat(promised.accept(LOW, "a")).isNull();
        assertThat(promised.accept(HIGH, "b").vote()).isEqualTo(new SlotAcceptor.Vote<>(HIGH, "b"));
    }

    @Test
    void toAcceptIsToPromise() {
        SlotAcceptor<String> accepted = SlotAcceptor.<String>empty().accept(HIGH, "b");

        assertThat(accepted.promised()).isEqualTo(HIGH);
        assertThat(accepted.prepare(LOW)).isNull();
    }

    @Test
    void aPromiseTellsTheVoteOfTheHighestBallot() {
        SlotAcceptor<String> voted =
                SlotAcceptor.<String>empty().accept(LOW, "a").accept(HIGH, "b");

        assertThat(voted.prepare(Ballot.of(3, FIRST)).vote()).isEqualTo(new SlotAcceptor.Vote<>(HIGH, "b"));
    }

    @Test
    void aProposerTakesTheValueOfTheHighestBallotAndIsFreeOnlyWhenThereIsNone() {
        assertThat(SlotAcceptor.valueToPropose(List.of(), "free")).isEqualTo("free");
        assertThat(SlotAcceptor.valueToPropose(
                        List.of(new SlotAcceptor.Vote<>(HIGH, "b"), new SlotAcceptor.Vote<>(LOW, "a")), "free"))
                .isEqualTo("b");
    }

    // ---- every interleaving

    /**
     * One state of everything. Messages are never taken away: whoever gets one may get it now, later, again or never.
     *
     * @param promises for each ballot, all that were ever sent
     * @param proposed for each ballot, its value; empty until it has one
     * @param votes all acceptances there ever were
     */
    private record World(
            List<SlotAcceptor<String>> acceptors, List<Set<Promise>> promises, List<String> proposed, Set<Vote> votes) {
        /** Nothing has happened. */
        static World first() {
            List<SlotAcceptor<String>> acceptors = new ArrayList<>();
            for (int i = 0; i < ACCEPTORS; i++) {
                acceptors.add(SlotAcceptor.empty());
            }
            List<Set<Promise>> promises = new ArrayList<>();
            List<String> proposed = new ArrayList<>();
            for (int i = 0; i < BALLOTS.size(); i++) {
                promises.add(Set.of());
                proposed.add("");
            }
            return new World(acceptors, promises, proposed, Set.of());
        }

        /** The values that a quorum has accepted of one ballot. */
        Set<String> chosen() {
            Set<String> chosen = new TreeSet<>();
            for (int ballot = 0; ballot < BALLOTS.size(); ballot++) {
                int count = 0;
                for (Vote vote : votes) {
                    count += vote.ballot() == ballot ? 1 : 0;
                }
                if (count >= QUORUM) {
                    chosen.add(proposed.get(ballot));
                }
            }
            return chosen;
        }
    }

    /** @param acceptor whose it is; the vote is null for none */
    private record Promise(int acceptor, SlotAcceptor.Vote<String> vote) {}

    private record Vote(int acceptor, int ballot) {}

    @Test
    void whateverHappensInWhateverOrderNoTwoValuesAreChosen() {
        Set<World> seen = new HashSet<>();
        ArrayDeque<World> open = new ArrayDeque<>();
        Set<String> everChosen = new TreeSet<>();
        open.add(World.first());
        seen.add(World.first());
        while (!open.isEmpty()) {
            World world = open.poll();
            Set<String> chosen = world.chosen();
            if (chosen.size() > 1) {
                fail("chosen are %s in %s", chosen, world);
            }
            everChosen.addAll(chosen);
            for (World next : next(world)) {
                if (seen.add(next)) {
                    open.add(next);
                }
            }
        }
        assertThat(everChosen).containsExactly("a", "b");
        assertThat(seen.size()).isGreaterThan(STATES_AT_LEAST);
    }

    private static List<World> next(World world) {
        List<World> next = new ArrayList<>();
        for (int ballot = 0; ballot < BALLOTS.size(); ballot++) {
            for (int acceptor = 0; acceptor < ACCEPTORS; acceptor++) {
                add(next, prepared(world, ballot, acceptor));
                add(next, accepted(world, ballot, acceptor));
            }
            next.addAll(proposed(world, ballot));
        }
        return next;
    }

    private static void add(List<World> worlds, World world) {
        if (world != null) {
            worlds.add(world);
        }
    }

    /** An acceptor answers a prepare request. Null when nothing new comes of it. */
    private static World prepared(World world, int ballot, int acceptor) {
        SlotAcceptor<String> after = world.acceptors().get(acceptor).prepare(BALLOTS.get(ballot));
        boolean isKnown =
                world.promises().get(ballot).contains(new Promise(acceptor, after == null ? null : after.vote()));
        if (after == null || isKnown && after.equals(world.acceptors().get(acceptor))) {
            return null;
        }
        // To a proposer that has proposed, nobody's promise matters any more.
        List<Set<Promise>> promises = world.proposed().get(ballot).isEmpty()
                ? with(
                        world.promises(),
                        ballot,
                        plus(world.promises().get(ballot), new Promise(acceptor, after.vote())))
                : world.promises();
        return new World(with(world.acceptors(), acceptor, after), promises, world.proposed(), world.votes());
    }

    /** A proposer proposes, once, by some promises of some quorum. */
    private static List<World> proposed(World world, int ballot) {
        if (!world.proposed().get(ballot).isEmpty()) {
            return List.of();
        }
        Set<String> values = new TreeSet<>();
        for (Promise one : world.promises().get(ballot)) {
            for (Promise other : world.promises().get(ballot)) {
                if (one.acceptor() < other.acceptor()) {
                    List<SlotAcceptor.Vote<String>> votes = Stream.of(one.vote(), other.vote())
                            .filter(Objects::nonNull)
                            .toList();
                    values.add(SlotAcceptor.valueToPropose(votes, WANTED.get(ballot)));
                }
            }
        }
        return values.stream()
                .map(value -> new World(
                        world.acceptors(),
                        with(world.promises(), ballot, Set.of()),
                        with(world.proposed(), ballot, value),
                        world.votes()))
                .toList();
    }

    /** An acceptor gets a proposal. Null when it refuses, or nothing new comes of it. */
    private static World accepted(World world, int ballot, int acceptor) {
        String value = world.proposed().get(ballot);
        SlotAcceptor<String> after =
                value.isEmpty() ? null : world.acceptors().get(acceptor).accept(BALLOTS.get(ballot), value);
        if (after == null) {
            return null;
        }
        Set<Vote> votes = plus(world.votes(), new Vote(acceptor, ballot));
        return new World(with(world.acceptors(), acceptor, after), world.promises(), world.proposed(), votes);
    }

    private static <T> Set<T> plus(Set<T> set, T element) {
        Set<T> more = new HashSet<>(set);
        more.add(element);
        return Set.copyOf(more);
    }

    private static <T> List<T> with(List<T> list, int index, T element) {
        List<T> changed = new ArrayList<>(list);
        changed.set(index, element);
        return List.copyOf(changed);
    }
}
