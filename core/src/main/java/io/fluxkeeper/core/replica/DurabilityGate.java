package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessage.Lane;
import io.fluxkeeper.core.journal.JournalBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Numbers the journal's batches and holds each message back until what it promises is on disk (architecture,
 * decision 3). A lane is first in, first out: a message that may leave at once does not overtake one that waits.
 */
final class DurabilityGate {
    private record Waiting(PeerMessage message, long batch) {}

    private static final class LaneQueue {
        final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
        final List<PeerMessage> frame = new ArrayList<>();
    }

    private static final class LinkQueues {
        final long link;
        final Map<Lane, LaneQueue> lanes = new EnumMap<>(Lane.class);

        LinkQueues(long link) {
            this.link = link;
            for (Lane lane : Lane.values()) {
                lanes.put(lane, new LaneQueue());
            }
        }
    }

    private final Map<PeerId, LinkQueues> links = new TreeMap<>();
    private List<DurableRecord> open = new ArrayList<>();
    private long lastClosed;
    private long persisted;

    /** @param lastBatch the number of the last batch in the journal */
    DurabilityGate(long lastBatch) {
        lastClosed = lastBatch;
        persisted = lastBatch;
    }

    long openBatch() {
        return lastClosed + 1;
    }

    void persist(DurableRecord record) {
        open.add(record);
    }

    /** That batch and all before it are durable: what waited for them may leave. */
    void persisted(long batch) {
        if (batch <= persisted) {
            return;
        }
        persisted = batch;
        for (LinkQueues link : links.values()) {
            link.lanes.values().forEach(this::release);
        }
    }

    void linkUp(PeerId peer, long link) {
        links.put(peer, new LinkQueues(link));
    }

    void linkDown(PeerId peer, long link) {
        LinkQueues queues = links.get(peer);
        if (queues != null && queues.link == link) {
            links.remove(peer);
        }
    }

    void send(PeerId to, long link, PeerMessage message, Effect.When when) {
        LinkQueues queues = links.get(to);
        if (queues == null || queues.link != link) {
            return; // the link went down while the message was made
        }
        LaneQueue lane = queues.lanes.get(message.lane());
        if (lane == null) {
            throw new IllegalStateException("no lane " + message.lane());
        }
        lane.waiting.add(new Waiting(message, when == Effect.When.NOW ? 0 : lastEmitted()));
        release(lane);
    }

    /** Closes the open batch, if it holds anything, and gives what may leave now: batch first, then frames by peer. */
    void flush(Zxid committed, List<ReplicaEffect> effects) {
        if (!open.isEmpty()) {
            lastClosed++;
            effects.add(new ReplicaEffect.Persist(new JournalBatch(lastClosed, committed, open)));
            open = new ArrayList<>();
        }
        links.forEach((peer, queues) -> queues.lanes.forEach((lane, queue) -> {
            if (!queue.frame.isEmpty()) {
                effects.add(new ReplicaEffect.SendFrame(peer, queues.link, lane, List.copyOf(queue.frame)));
                queue.frame.clear();
            }
        }));
    }

    private long lastEmitted() {
        return open.isEmpty() ? lastClosed : lastClosed + 1;
    }

    private void release(LaneQueue lane) {
        while (!lane.waiting.isEmpty() && lane.waiting.peek().batch() <= persisted) {
            lane.frame.add(lane.waiting.poll().message());
        }
    }
}
