package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.Role;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * I3, of Multi-Paxos: what is handed over was accepted by a quorum of voters, of one ballot; what was chosen so stays
 * chosen; and whoever leads with a higher ballot begins with a value for it.
 */
public final class ChosenSlots implements Checker {
    /** Who has ever accepted a ballot's value for a slot. */
    private static final class Proposal {
        final byte[] payload;
        final TreeSet<PeerId> accepted = new TreeSet<>();
        /** Those of them that voted when they did, or later. */
        final TreeSet<PeerId> voters = new TreeSet<>();

        Proposal(byte[] payload) {
            this.payload = payload;
        }
    }

    private record Chosen(long ballot, byte[] payload) {}

    private final Map<PeerId, ? extends Disk> disks;
    private final TreeMap<Zxid, TreeMap<Long, Proposal>> proposals = new TreeMap<>();
    private final TreeMap<Zxid, Chosen> chosen = new TreeMap<>();
    /** With what each ballot's leader began. */
    private final TreeMap<Long, Zxid> begins = new TreeMap<>();

    public ChosenSlots(Map<PeerId, ? extends Disk> disks) {
        this.disks = disks;
    }

    @Override
    public void accepted(PeerId peer, DurableRecord.Accepted vote) {
        Proposal proposal = proposals
                .computeIfAbsent(vote.slot(), slot -> new TreeMap<>())
                .computeIfAbsent(vote.ballot(), ballot -> new Proposal(vote.payload()));
        proposal.accepted.add(peer);
        count(vote.slot(), vote.ballot(), proposal);
    }

    private void count(Zxid slot, long ballot, Proposal proposal) {
        proposal.accepted.stream()
                .filter(peer -> disks.get(peer).membership() == Membership.FOUNDED)
                .forEach(proposal.voters::add);
        if (proposal.voters.size() * 2 > disks.size()) {
            choose(slot, new Chosen(ballot, proposal.payload));
        }
    }

    private void choose(Zxid slot, Chosen value) {
        Chosen before = chosen.putIfAbsent(slot, value);
        if (before != null && !Arrays.equals(before.payload(), value.payload())) {
            throw new Violation(
                    "chosen for good",
                    "slot %s was chosen by ballot %s, and another value by %s",
                    slot,
                    before.ballot(),
                    value.ballot());
        } else if (before == null) {
            begins.tailMap(value.ballot(), false).forEach((ballot, begin) -> check(slot, value, ballot, begin));
        }
    }

    @Override
    public void statusChanged(PeerId peer, Effect.Status status, Zxid lastLogged) {
        if (status.role() == Role.LEADING && !status.serving()) {
            begins.put(status.epoch(), lastLogged);
            chosen.tailMap(lastLogged, false).forEach((slot, value) -> check(slot, value, status.epoch(), lastLogged));
        }
    }

    private static void check(Zxid slot, Chosen value, long ballot, Zxid begin) {
        if (ballot > value.ballot() && slot.isAfter(begin)) {
            throw new Violation(
                    "leader completeness",
                    "slot %s was chosen by ballot %s, and ballot %s began after %s",
                    slot,
                    value.ballot(),
                    ballot,
                    begin);
        }
    }

    @Override
    public void delivered(PeerId peer, Entry entry) {
        Zxid slot = entry.zxid();
        if (!chosen.containsKey(slot)) {
            proposals.getOrDefault(slot, new TreeMap<>()).forEach((ballot, proposal) -> count(slot, ballot, proposal));
        }
        Chosen value = chosen.get(slot);
        if (value == null || !Arrays.equals(value.payload(), entry.payload())) {
            throw new Violation(
                    "chosen by a quorum", "%s hands over %s, which no quorum accepted of one ballot", peer, entry);
        }
    }
}
