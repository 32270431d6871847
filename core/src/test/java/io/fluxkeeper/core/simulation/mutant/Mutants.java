package io.fluxkeeper.core.simulation.mutant;

import java.util.List;

/**
 * What is broken on purpose. A name with "and" says that another rule masks the first breakage, and is off as well; the
 * first one alone is harmless.
 */
public final class Mutants {
    private static final String GATE = "replica/DurabilityGate";
    private static final String LOG = "consensus/zab/ZabLog";
    private static final String PINGS = "consensus/zab/QuorumPings";

    private static final List<Mutant> DURABILITY = List.of(
            Mutant.of(
                    "ack before fsync",
                    "durable before message, durable before applied, committed is durable",
                    GATE,
                    "when == Effect.When.NOW ? 0 : lastEmitted()",
                    "0"),
            Mutant.of(
                            "applied before it is durable here",
                            "durable before applied",
                            LOG,
                            "history.between(delivered, Zxid.min(committed, durable), ",
                            "history.between(delivered, committed, ")
                    .and(
                            LOG,
                            "installs.isEmpty() && Zxid.min(committed, durable).isAfter(delivered)",
                            "installs.isEmpty() && committed.isAfter(delivered)"),
            Mutant.of(
                    "own ack counted before the own fsync",
                    "committed is durable, durable before applied",
                    "consensus/zab/Broadcast",
                    "peer.log.durable().value()",
                    "peer.log.last().value()"),
            Mutant.of(
                    "epoch before history",
                    "durable before message, durable before applied, leader completeness",
                    GATE,
                    "lastClosed++;\n            effects.add(new ReplicaEffect.Persist(new JournalBatch(lastClosed, committed, open)));",
                    "lastClosed++;\n            List<DurableRecord> first = new ArrayList<>();\n"
                            + "            open.stream().filter(r -> r instanceof DurableRecord.Epochs).forEach(first::add);\n"
                            + "            if (!first.isEmpty() && first.size() < open.size()) {\n"
                            + "                effects.add(new ReplicaEffect.Persist(new JournalBatch(lastClosed, committed, first)));\n"
                            + "                lastClosed++;\n"
                            + "                open.removeAll(first);\n"
                            + "            }\n"
                            + "            effects.add(new ReplicaEffect.Persist(new JournalBatch(lastClosed, committed, open)));"),
            Mutant.of(
                    "joined epoch not written down",
                    "durable before message, replica invariant",
                    LOG,
                    "        currentEpoch = epoch;\n        persist(new DurableRecord.Epochs(acceptedEpoch, currentEpoch));\n        Invariant",
                    "        currentEpoch = epoch;\n        Invariant"),
            Mutant.of(
                    "promised epoch not written down",
                    "durable before message",
                    LOG,
                    "        acceptedEpoch = epoch;\n        persist(new DurableRecord.Epochs(acceptedEpoch, currentEpoch));",
                    "        acceptedEpoch = epoch;"),
            Mutant.of(
                    "truncation not written down",
                    "defect, replica invariant, delivered prefix, leader completeness",
                    LOG,
                    "        persist(new DurableRecord.TruncateAfter(position));",
                    ""),
            Mutant.of(
                    "uncommitted tail applied at restart",
                    "delivered prefix, leader completeness, replica invariant",
                    "replica/PeerRecovery",
                    "Zxid.max(journal.committed(), opened.meta().applied())",
                    "journal.last()"),
            Mutant.of(
                    "damage taken for a torn tail",
                    "durable is kept",
                    "journal/JournalRecovery",
                    "if (durable > last) {",
                    "if (false) {"),
            Mutant.of(
                    "state and log not of one zxid",
                    "equal digests, delivered prefix, replica invariant, defect",
                    "replica/Deliveries",
                    "new StateDelta(context.state.applied(),",
                    "new StateDelta(context.broadcast.lastCommitted(),"));

    private static final List<Mutant> AGREEMENT = List.of(
            Mutant.of(
                    "commit by a minority",
                    "a quorum an epoch, committed is durable",
                    "consensus/Ensemble",
                    "return descending.get(needed - 1);",
                    "return descending.get(needed - 2);"),
            Mutant.of(
                    "established before a quorum has the history",
                    "a quorum an epoch, committed is durable, replica invariant",
                    "consensus/zab/Broadcast",
                    "leading.isQuorum(FollowerProgress::isSynced)",
                    "leading.isQuorum(follower -> follower.epochCounts)"),
            Mutant.of(
                            "anybody is elected, and a leader that is behind does not give way",
                            "leader completeness, delivered prefix, replica invariant, committed is durable, liveness",
                            "consensus/zab/Discovery",
                            "if (byEpoch > 0 || (byEpoch == 0 && follower.last.isAfter(peer.log.last()))) {",
                            "if (byEpoch > 9) {")
                    .and(
                            "consensus/zab/Candidate",
                            "int byEpoch = Long.compare(currentEpoch, other.currentEpoch);",
                            "int byEpoch = id.compareTo(other.id);"),
            Mutant.of(
                    "a wiped peer votes",
                    "one promise an epoch, one leader an epoch, leader completeness, delivered prefix, committed is durable, replica invariant",
                    "consensus/Founding",
                    "become(Membership.LEARNER, introduction.ensembleId(), port);",
                    "become(Membership.FOUNDED, introduction.ensembleId(), port);"),
            Mutant.of(
                    "a damaged peer votes",
                    "durable is kept",
                    "journal/JournalRecovery",
                    "state = state.with(Membership.LEARNER, state.ensembleId());",
                    "state = state.with(Membership.FOUNDED, state.ensembleId());"),
            Mutant.of(
                            "messages of dead links accepted, and of other stays",
                            "a quorum an epoch, delivered prefix, leader completeness, committed is durable, replica invariant, durable before message, liveness, defect, sync is linearizable, sessions",
                            "consensus/zab/Zab",
                            "        return peer.linkTo(from) != link;",
                            "        return false;")
                    .and(
                            "consensus/zab/Leading",
                            "if (follower == null || !bond.equals(bondOf(follower))) {",
                            "if (follower == null) {")
                    .and(
                            "consensus/zab/Following",
                            "if (!from.equals(leader) || !theirs.equals(bond)) {",
                            "if (!from.equals(leader)) {"),
            Mutant.of(
                            "DIFF with a hole, and a gap accepted",
                            "delivered prefix, replica invariant, liveness, committed is durable",
                            "consensus/zab/Synchronization",
                            "peer.sendNow(follower.id, new ZabMessage.Proposals(leading.bondOf(follower), entries));",
                            "List<Entry> holed = new java.util.ArrayList<>(entries);\n"
                                    + "            if (holed.size() > 2) {\n"
                                    + "                holed.remove(1);\n"
                                    + "            }\n"
                                    + "            peer.sendNow(follower.id, new ZabMessage.Proposals(leading.bondOf(follower), holed));")
                    .and(
                            "consensus/zab/Following",
                            "if (!entry.zxid().follows(history.last()) || !entry.isChainedTo(history.last(), history.lastChain())) {",
                            "if (false) {")
                    .and(
                            "consensus/zab/StagedSync",
                            "if (!entry.zxid().follows(end()) || !entry.isChainedTo(end(), endChain())) {",
                            "if (false) {"),
            Mutant.of(
                    "read index without a quorum",
                    "sync is linearizable, registers",
                    PINGS,
                    "long confirmed = leading.quorumHighest(follower -> follower.pongRound, round);",
                    "long confirmed = round;"),
            Mutant.of(
                    "an epoch promised twice counts twice",
                    "one promise an epoch, one leader an epoch",
                    "consensus/zab/Following",
                    "boolean counts = epoch > peer.log.acceptedEpoch();\n        if (counts) {",
                    "boolean counts = true;\n        if (epoch > peer.log.acceptedEpoch()) {"));

    private static final List<Mutant> SESSIONS = List.of(
            Mutant.of(
                    "a write that was executed is executed again",
                    "exactly once, write outcomes, watch events, reads, replica invariant",
                    "session/SessionTable",
                    "if (stamp.cxid() <= found.lastCxid()) {",
                    "if (false) {"),
            Mutant.of(
                            "the gap in a session's numbers is not seen, nor by the leader",
                            "exactly once, write outcomes, session order, watch events, reads, replica invariant",
                            "session/SessionTable",
                            "if (stamp.cxid() > found.lastCxid() + 1) {",
                            "if (false) {")
                    .and("replica/LeaderDesk", "if (cxid > last + 1) {", "if (false) {"),
            Mutant.of(
                    "a write that is under way gets no second place",
                    "liveness",
                    "replica/LeaderDesk",
                    "\" came before cxid \" + (last + 1));\n            }\n",
                    "\" came before cxid \" + (last + 1));\n            }\n            if (cxid <= last && cxid > applied) {\n                return null;\n            }\n"),
            Mutant.of(
                    "a write that finds no room in the tree takes no number",
                    "exactly once, write outcomes, session order, liveness",
                    "replica/LeaderDesk",
                    "if (treeFull != null && cxid == 0) {",
                    "if (treeFull != null) {"),
            Mutant.of(
                    "generation not checked",
                    "exactly once, write outcomes, watch events, reads",
                    "session/SessionTable",
                    "if (session.generation() != generation) {\n            return moved(zxid, session);\n        }\n        if (stamp.cxid()",
                    "if (stamp.cxid()"),
            Mutant.of(
                    "reply table lost on a reload",
                    "exactly once, write outcomes, only expected refusals, defect, equal digests, replica invariant, liveness",
                    "replica/StateLoader",
                    "        for (Reply reply : replies) {\n",
                    "        for (Reply reply : new ArrayList<Reply>()) {\n"),
            Mutant.of(
                    "a leader does not count what followers heard",
                    "sessions",
                    "replica/SessionDesk",
                    "        for (SessionId session : touches.sessions()) {\n            expiry.touch(session, context.tick);\n        }",
                    ""),
            Mutant.of(
                            "a heartbeat confirmed without a quorum, and before what was logged is executed",
                            "sessions",
                            "replica/SessionDesk",
                            "reads.whenProven(() -> context.output.tell(from, link, counted));",
                            "context.output.tell(from, link, counted);")
                    .and(
                            "replica/SessionDesk",
                            "reads.whenProven(() -> counted(sequence, upTo));",
                            "counted(sequence, upTo);")
                    .and(
                            "replica/SessionDesk",
                            "while (!counted.isEmpty() && !counted.peek().upTo().isAfter(applied)) {",
                            "while (!counted.isEmpty()) {"),
            Mutant.of(
                    "a heartbeat of a session that is over is confirmed",
                    "sessions",
                    "replica/SessionDesk",
                    "boolean over = context.state.session(heartbeat.session()) == null;",
                    "boolean over = false;"),
            Mutant.of(
                    "ephemerals outlive their session",
                    "watch before data, watch events, reads, ephemerals",
                    "replica/Execution",
                    "        plan.deleteEphemerals();\n",
                    ""),
            Mutant.of(
                    "numbers of sequential names come again",
                    "watch before data, watch events, write outcomes, sequential names, reads",
                    "znode/TreePlan",
                    "SequenceNumber.suffix(parent.creates())",
                    "SequenceNumber.suffix(parent.numChildren())"),
            Mutant.of(
                    "half of a refused multi is kept",
                    "multi atomic, watch events, reads, write outcomes",
                    "replica/Execution",
                    "? new Outcome(refused, null, stamp, null, null, null)",
                    "? new Outcome(refused, plan, stamp, null, null, null)"));

    private static final List<Mutant> CLIENTS = List.of(
            Mutant.of(
                    "a read does not wait for what its client has seen",
                    "reads never go back",
                    "replica/ReadDesk",
                    "if (WaitingReads.isFresh(context.state, request.stamp(), atLeast)) {",
                    "if (WaitingReads.isFresh(context.state, request.stamp(), Zxid.ZERO)) {"),
            Mutant.of(
                    "a sync does not wait for its read index",
                    "sync is linearizable, registers",
                    "replica/ReadDesk",
                    "if (WaitingReads.isFresh(context.state, read.request().stamp(), atLeast)) {",
                    "if (WaitingReads.isFresh(context.state, read.request().stamp(), Zxid.ZERO)) {"),
            Mutant.of(
                    "a read does not wait for its session's writes",
                    "a read comes behind its session's writes",
                    "replica/WaitingReads",
                    "return view == null || view.lastCxid() >= stamp.after();",
                    "return true;"),
            Mutant.of(
                    "the answer comes before the event",
                    "watch before data",
                    "replica/Deliveries",
                    "        watches.applied(entry.zxid(), applied.changes());\n        sessions.executed(applied);\n        writes.executed(applied);\n",
                    "        sessions.executed(applied);\n        writes.executed(applied);\n        watches.applied(entry.zxid(), applied.changes());\n"),
            Mutant.of(
                    "a slow watch misses the event that it was too slow for",
                    "watch events, watch before data",
                    "watch/Watches",
                    "becomeCursor(subscription, new ChangePosition(change.zxid(), change.ordinal()));",
                    "becomeCursor(subscription, new ChangePosition(change.zxid(), change.ordinal() + 1));"),
            Mutant.of(
                    "a watch that goes on shows the last event again",
                    "watch events",
                    "watch/CatchUp",
                    "block.zxid() == fromZxid ? from.ordinal() : 0",
                    "0"),
            Mutant.of(
                    "a watch goes on behind a replaced state as if it had seen it",
                    "watch events, watch before data, liveness",
                    "watch/Watches",
                    "becomeCursor(subscription, ChangePosition.after(applied));",
                    "becomeCursor(subscription, ChangePosition.after(zxid));"),
            Mutant.of(
                    "a watch goes on from where the change log does not reach back to",
                    "watch events, exact state, watch before data",
                    "watch/ChangeLog",
                    "return oldest.equals(Zxid.ZERO) || position.compareTo(ChangePosition.after(oldest)) >= 0;",
                    "return true;"),
            Mutant.of(
                    "an observation misses changes of the last znode shown",
                    "watch events, exact state, watch before data",
                    "watch/Subscription",
                    "length, shownBytes) <= 0",
                    "length, shownBytes) < 0"),
            Mutant.of(
                    "no bound on writes under way",
                    "queue bounds",
                    "replica/WriteDesk",
                    "if (submissions.size() >= context.config.bounds().pendingWritesMax()) {",
                    "if (false) {"),
            Mutant.of(
                    "a watch gets more than it asked for",
                    "queue bounds",
                    "watch/CatchUp",
                    "return items.size() < subscription.demand;",
                    "return true;"));

    /** All of them. */
    public static final List<Mutant> ALL = java.util.stream.Stream.of(DURABILITY, AGREEMENT, SESSIONS, CLIENTS)
            .flatMap(List::stream)
            .toList();

    private Mutants() {}
}
