package io.fluxkeeper.core.simulation.mutant;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What is broken on purpose in Multi-Paxos, and in what both algorithms share. Names are as in {@link Mutants}. */
public final class PaxosMutants {
    private static final String LOG = "consensus/paxos/PaxosLog";
    private static final String PROPOSER = "consensus/paxos/Proposer";
    private static final String FOLLOWING = "consensus/paxos/Following";
    private static final String LEADING = "consensus/paxos/Leading";
    private static final String MESSAGES = "consensus/paxos/PaxosMessage";
    private static final String LEAVES_NOW =
            "        @Override\n        public When when() {\n            return When.NOW;\n        }\n\n";

    /** Any of these may be the first to see that two peers decided differently. */
    private static final String DISAGREEMENT =
            "chosen for good, chosen by a quorum, leader completeness, delivered prefix, one value a ballot, "
                    + "committed is durable, replica invariant";

    private static final List<Mutant> DURABILITY = List.of(
            Mutant.of(
                    "a promise not written down",
                    "durable before message",
                    LOG,
                    "        promised = ballot;\n        persist(new DurableRecord.Promised(ballot.number()));",
                    "        promised = ballot;"),
            Mutant.of(
                    "a promise given before it is durable",
                    "durable before message",
                    MESSAGES,
                    "        @Override\n        public void handledBy(PeerId from, Handler role) {\n            role.onPromise(",
                    LEAVES_NOW
                            + "        @Override\n        public void handledBy(PeerId from, Handler role) {\n            role.onPromise("),
            Mutant.of(
                    "a ballot used before it is durable",
                    "durable before message",
                    MESSAGES,
                    "        @Override\n        public void handledBy(PeerId from, Handler role) {\n            role.onPrepare(",
                    LEAVES_NOW
                            + "        @Override\n        public void handledBy(PeerId from, Handler role) {\n            role.onPrepare("),
            Mutant.of(
                    "accepted told before it is durable",
                    "durable before message, committed is durable, chosen by a quorum",
                    MESSAGES,
                    "        @Override\n        public void handledBy(PeerId from, Handler role) {\n            role.onAccepted(",
                    LEAVES_NOW
                            + "        @Override\n        public void handledBy(PeerId from, Handler role) {\n            role.onAccepted("),
            Mutant.of(
                    "the own acceptance counted before the own fsync",
                    "committed is durable, chosen by a quorum",
                    LEADING,
                    "peer.log.durableRunEnd().value()",
                    "peer.log.runEnd().value()"),
            Mutant.of(
                    "delivered before it is durable here",
                    "durable before applied",
                    LOG,
                    "                && durability.isSlotDurable(undelivered.getFirst().zxid());",
                    "                ;"),
            Mutant.of(
                            "votes lost behind a state, and a leader that keeps no history",
                            "durable is kept",
                            LOG,
                            "        tail.all().forEach(this::put);\n",
                            "")
                    .and(
                            "consensus/paxos/Replication",
                            "peer.log.valuesAfter(follower.sent, 0) != null;",
                            "!peer.log.decided().isAfter(follower.sent);"),
            Mutant.of(
                    "accepted taken for decided at a restart",
                    "durable before applied, defect, " + DISAGREEMENT,
                    "journal/JournalRecovery",
                    "        recovery.decideUpTo(recovery.state.committed());",
                    "        recovery.decideUpTo(recovery.accepted.lastOr(recovery.state.committed()));"));

    private static final List<Mutant> AGREEMENT = List.of(
            Mutant.of(
                    "a value not adopted",
                    DISAGREEMENT,
                    PROPOSER,
                    "SlotAcceptor.valueToPropose(found.getOrDefault(slot, List.of()), NO_OP)",
                    "NO_OP"),
            Mutant.of(
                    "the value of the lowest ballot adopted",
                    DISAGREEMENT,
                    "consensus/paxos/SlotAcceptor",
                    "vote.ballot().isAbove(highest.ballot())",
                    "highest.ballot().isAbove(vote.ballot())"),
            Mutant.of(
                            "a no-op over a decided slot, and its check and the pre-vote off",
                            DISAGREEMENT,
                            PROPOSER,
                            "        if (decidedMax.isAfter(peer.log.decided())) {\n            fetchMore();\n        } else {\n            source = null;\n            lead(",
                            "        if (false) {\n            fetchMore();\n        } else {\n            source = null;\n            lead(")
                    .and(PROPOSER, "Invariant.check(!decidedMax.isAfter(decided)", "Invariant.check(true")
                    .and(
                            "consensus/paxos/Looking",
                            "peer.founding.isVoter() && !peer.log.decided().isAfter(theirs.last())",
                            "peer.founding.isVoter()"),
            Mutant.of(
                            "a ballot used again after a restart",
                            "accepted as promised, one leader an epoch, " + DISAGREEMENT,
                            LOG,
                            "promised = new Ballot(recovered.acceptedEpoch());",
                            "promised = recovered.accepted().stream().map(v -> new Ballot(v.ballot())).reduce(Ballot.NONE, Ballot::max);")
                    .and("consensus/paxos/PaxosPeer", "seen = log.promised();", "seen = Ballot.NONE;"),
            Mutant.of(
                            "a ballot shared by all proposers",
                            "one leader an epoch, defect, liveness, " + DISAGREEMENT,
                            "consensus/paxos/Ballot",
                            "return of(round() + 1, proposer);",
                            "return of(round() + 1, new PeerId(1));")
                    .and(
                            "consensus/paxos/Ballot",
                            "return (number & PeerId.MAX) == proposer.value();",
                            "return proposer != null;"),
            Mutant.of(
                            "accepted below the promise, by one that goes on following, and its check off",
                            "accepted as promised, " + DISAGREEMENT,
                            "consensus/paxos/SlotAcceptor",
                            "return promised.isAbove(n) ? null : new SlotAcceptor<>(n, new Vote<>(n, value));",
                            "return new SlotAcceptor<>(n, new Vote<>(n, value));")
                    .and(LOG, "!vote.ballot().equals(run) || !run.equals(promised)", "!vote.ballot().equals(run)")
                    .and(
                            "consensus/paxos/MultiPaxos",
                            "        if (isNew) {",
                            "        if (isNew && !(role instanceof Following)) {")
                    .and("consensus/paxos/Acceptor", "if (hearsLeader && !prepare.takeOver()) {", "if (false) {"),
            Mutant.of(
                    "votes of lower ballots counted for what a follower lacks",
                    DISAGREEMENT,
                    "consensus/paxos/FollowerProgress",
                    "acked = join.decided();",
                    "acked = target;"),
            Mutant.of(
                    "leading without a quorum of promises",
                    DISAGREEMENT,
                    PROPOSER,
                    "!peer.ensemble.isQuorum(complete.keySet())",
                    "complete.isEmpty()"),
            Mutant.of(
                    "half a promise counts",
                    DISAGREEMENT,
                    PROPOSER,
                    "        if (promise.more()) {",
                    "        if (false) {"),
            Mutant.of(
                    "a learner's acceptance counts",
                    "liveness, " + DISAGREEMENT,
                    "consensus/paxos/FollowerProgress",
                    "voter = join.voter();",
                    "voter = true;"),
            Mutant.of(
                            "messages of dead links accepted, and of other stays",
                            "durable before message, liveness, defect, sync is linearizable, reads never go back, "
                                    + DISAGREEMENT,
                            "consensus/paxos/MultiPaxos",
                            "        return peer.linkTo(from) != link;",
                            "        return false;")
                    .and(LEADING, "if (follower == null || !bond.equals(follower.bond)) {", "if (follower == null) {")
                    .and(
                            FOLLOWING,
                            "if (!from.equals(leader) || !theirs.equals(bond)) {",
                            "if (!from.equals(leader)) {"),
            Mutant.of(
                    "read index without a quorum",
                    "sync is linearizable, registers",
                    "consensus/paxos/QuorumPings",
                    "long confirmed = leading.quorumHighest(follower -> follower.pongRound, round);",
                    "long confirmed = round;"),
            Mutant.of(
                    "a leader serves before what it found is decided",
                    "sync is linearizable, registers",
                    LEADING,
                    "if (!serving && peer.log.decided().compareTo(foundLast) >= 0) {",
                    "if (!serving) {"));

    /** Of what both share, those that only Zab's records make a breakage. */
    private static final Set<String> OF_ZAB_ALONE =
            Set.of("epoch before history", "uncommitted tail applied at restart");

    /** Those of Multi-Paxos itself first. */
    public static final List<Mutant> ALL = Stream.concat(
                    Stream.of(DURABILITY, AGREEMENT).flatMap(List::stream),
                    Mutants.ALL.stream().filter(PaxosMutants::isShared).map(PaxosMutants::withOurCheckers))
            .toList();

    private PaxosMutants() {}

    private static boolean isShared(Mutant mutant) {
        return !OF_ZAB_ALONE.contains(mutant.name())
                && mutant.edits().stream().noneMatch(edit -> edit.file().startsWith("consensus/zab/"));
    }

    /** Where peers disagree, a checker of slots may see it first. */
    private static Mutant withOurCheckers(Mutant mutant) {
        if (!mutant.checkers().contains("committed is durable")) {
            return mutant;
        }
        List<String> checkers = new ArrayList<>(mutant.checkers());
        checkers.addAll(List.of((DISAGREEMENT + ", accepted as promised").split(", ")));
        return new Mutant(mutant.name(), checkers, mutant.edits());
    }
}
