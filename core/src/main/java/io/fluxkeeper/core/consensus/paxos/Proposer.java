package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AcceptedTail;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Phase 1: a ballot of its own, promises of a quorum for all slots from the first it does not know decided, whatever is
 * decided beyond that, and then for every slot the value that it must propose. Phase 2 is {@link Leading}.
 */
final class Proposer implements PaxosRole {
    /** A slot that must be filled and that nobody has accepted anything for. */
    private static final byte[] NO_OP = {};

    private final PaxosPeer peer;
    private final Acceptor acceptor;
    private final Learner learner;
    private final boolean takeOver;
    private final Ballot ballot;
    private final Zxid from;
    private final TreeMap<PeerId, Report> reports = new TreeMap<>();
    /** The batch with this peer's own promise. */
    private long promiseBatch;

    private long askedAt;
    private long progressAt;
    /** How far anybody of the quorum knows decisions. */
    private Zxid decidedMax = Zxid.ZERO;
    /** Whom decided entries are fetched from; null when nothing is. */
    private @Nullable PeerId source;

    /** What an acceptor has promised so far, page by page. */
    private static final class Report {
        final List<DurableRecord.Accepted> votes = new ArrayList<>();
        Zxid nextPage;
        Zxid decided = Zxid.ZERO;
        boolean complete;

        Report(Zxid from) {
            nextPage = from;
        }
    }

    /** @param takeOver the leader asked for it, so that peers promise though they hear one */
    Proposer(PaxosPeer peer, Acceptor acceptor, Learner learner, boolean takeOver) {
        this.peer = peer;
        this.acceptor = acceptor;
        this.learner = learner;
        this.takeOver = takeOver;
        ballot = peer.unusedBallot();
        from = AcceptedTail.next(peer.log.decided());
    }

    @Override
    public Role role() {
        return Role.LOOKING;
    }

    @Override
    public @Nullable PeerId leader() {
        return null;
    }

    @Override
    public @Nullable Ballot ballot() {
        return null;
    }

    @Override
    public boolean isServing() {
        return false;
    }

    @Override
    public boolean hearsLeader() {
        return false;
    }

    @Override
    public void enter() {
        progressAt = peer.now;
        peer.log.promise(ballot);
        promiseBatch = peer.log.openBatch();
        Report own = new Report(from);
        own.votes.addAll(peer.log.votesFrom(from));
        own.decided = peer.log.decided();
        own.complete = true;
        reports.put(peer.self(), own);
        ask();
    }

    @Override
    public void leave() {
        learner.drop();
    }

    /** 1a, to all that have not promised; after the own promise is durable, for that makes the ballot one never reused. */
    private void ask() {
        askedAt = peer.now;
        for (PeerId other : peer.linked()) {
            Report report = reports.get(other);
            if (report == null || !report.complete) {
                askFor(other, report == null ? from : report.nextPage);
            }
        }
    }

    private void askFor(PeerId other, Zxid page) {
        peer.send(other, new PaxosMessage.Prepare(ballot, page, takeOver));
    }

    @Override
    public void onPromise(PeerId sender, PaxosMessage.Promise promise) {
        if (!promise.ballot().equals(ballot)) {
            return;
        }
        Report report = reports.computeIfAbsent(sender, id -> new Report(from));
        if (report.complete || !promise.from().equals(report.nextPage)) {
            return; // the same page again: it was asked for twice
        }
        progressAt = peer.now;
        report.votes.addAll(promise.votes());
        report.decided = Zxid.max(report.decided, promise.decided());
        if (promise.more()) {
            report.nextPage = AcceptedTail.next(
                    promise.votes().get(promise.votes().size() - 1).slot());
            askFor(sender, report.nextPage);
        } else {
            report.complete = true;
            leadWhenComplete();
        }
    }

    /** With complete promises of a quorum: first learn what any of them knows decided, then propose the rest. */
    private void leadWhenComplete() {
        TreeMap<PeerId, Report> complete = complete();
        if (source != null || !peer.ensemble.isQuorum(complete.keySet()) || !peer.log.isDurable(promiseBatch)) {
            return;
        }
        for (Map.Entry<PeerId, Report> entry : complete.entrySet()) {
            if (entry.getValue().decided.isAfter(decidedMax)) {
                decidedMax = entry.getValue().decided;
                source = entry.getKey();
            }
        }
        if (decidedMax.isAfter(peer.log.decided())) {
            fetchMore();
        } else {
            source = null;
            lead(complete.values());
        }
    }

    private TreeMap<PeerId, Report> complete() {
        TreeMap<PeerId, Report> complete = new TreeMap<>(reports);
        complete.values().removeIf(report -> !report.complete);
        return complete;
    }

    // ---- what is decided already

    private void fetchMore() {
        if (source != null) {
            peer.send(source, new PaxosMessage.Fetch(ballot, peer.log.decided()));
        }
    }

    @Override
    public void onLearn(PeerId sender, PaxosMessage.Learn learn) {
        if (!sender.equals(source) || !learn.ballot().equals(ballot) || learner.isFetching()) {
            return;
        }
        String refusal = learn.entries().isEmpty() ? "nothing to learn" : learner.learn(learn.entries());
        if (refusal != null) {
            giveUp(refusal);
        } else {
            fetchOn(sender);
        }
    }

    private void fetchOn(PeerId sender) {
        progressAt = peer.now;
        if (decidedMax.isAfter(peer.log.decided())) {
            fetchMore();
        } else {
            source = null;
            leadWhenComplete();
        }
    }

    @Override
    public void onSnap(PeerId sender, PaxosMessage.Snap snap) {
        if (sender.equals(source) && snap.bond().ballot().equals(ballot)) {
            String refusal = learner.fetch(sender, snap);
            if (refusal != null) {
                giveUp(refusal);
            }
        }
    }

    /** Whether the state was for this; if not, its file is to be thrown away. */
    boolean onStateFetched(Input.StateFetched fetched) {
        PeerId sender = source;
        if (sender == null || !learner.awaits(fetched.transfer())) {
            return false;
        }
        String refusal = learner.fetched(fetched);
        if (refusal != null) {
            giveUp(refusal);
            return false;
        }
        fetchOn(sender);
        return true;
    }

    void onStateFetchFailed(Input.StateFetchFailed failed) {
        if (learner.awaits(failed.transfer())) {
            giveUp("the state could not be fetched: " + failed.reason());
        }
    }

    private void giveUp(String reason) {
        peer.lookAfter(peer.later(), reason);
    }

    // ---- 2a, for what was found

    /**
     * For every slot that somebody accepted something for, the value of the highest ballot; for one in between, that
     * nobody of a quorum accepted anything for, a no-op: nothing can have been chosen there.
     */
    private void lead(Collection<Report> quorum) {
        Zxid decided = peer.log.decided();
        Invariant.check(!decidedMax.isAfter(decided), "%s is decided, and would be proposed anew", decidedMax);
        Invariant.check(
                ballot.equals(peer.log.promised()), "%s leads, but %s is promised", ballot, peer.log.promised());
        TreeMap<Zxid, List<SlotAcceptor.Vote<byte[]>>> found = new TreeMap<>();
        for (Report report : quorum) {
            for (DurableRecord.Accepted vote : report.votes) {
                if (vote.slot().isAfter(decided)) {
                    found.computeIfAbsent(vote.slot(), slot -> new ArrayList<>())
                            .add(new SlotAcceptor.Vote<>(new Ballot(vote.ballot()), vote.payload()));
                }
            }
        }
        peer.log.beginRun(ballot);
        Zxid end = found.isEmpty() ? decided : found.lastKey();
        for (Zxid slot = AcceptedTail.next(decided); !slot.isAfter(end); slot = AcceptedTail.next(slot)) {
            byte[] value = SlotAcceptor.valueToPropose(found.getOrDefault(slot, List.of()), NO_OP);
            Invariant.check(acceptor.accept(ballot, slot, value), "%s does not accept its own ballot", peer.self());
        }
        peer.lead(ballot);
    }

    // ---- what else happens

    @Override
    public void onNack(PeerId sender, PaxosMessage.Nack nack) {
        peer.saw(nack.promised());
        if (nack.refused().equals(ballot)) {
            giveUp("ballot " + ballot + " is too low: peer " + sender + " has promised " + nack.promised());
        }
    }

    @Override
    public void onProbe(PeerId sender, PaxosMessage.Probe probe) {
        peer.send(sender, new PaxosMessage.ProbeAnswer(probe.probe(), false, ballot));
    }

    @Override
    public void persisted() {
        leadWhenComplete();
    }

    @Override
    public void tick() {
        int patience = learner.isFetching() ? peer.timing.stateTransferTicksMax() : peer.timing.initTicks();
        if (peer.now - progressAt > patience) {
            giveUp("no quorum of promises for ballot " + ballot);
        } else if (peer.now - askedAt >= peer.timing.electionTicks()) {
            ask();
        }
    }

    @Override
    public void linkUp(PeerId other) {
        askFor(other, from);
    }

    /** What it promised may be forgotten by the time the link is back: a disk may have been wiped. */
    @Override
    public void linkDown(PeerId other) {
        reports.remove(other);
        if (other.equals(source)) {
            giveUp("the link to peer " + other + " went down, which knows more decided");
        }
    }
}
