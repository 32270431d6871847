package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessage.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Links between peers: each pair has one at most, in order within a lane, with delay. What is under way when one is cut
 * is lost, or comes late under the old link's number, as does a copy of what had just arrived; each end learns of the
 * cut in its own time. A direction can be blocked: what is sent waits, as behind a lost route.
 */
final class SimulatedNetwork {
    /** One end's ear. */
    interface Endpoint {
        boolean isUp();

        /** Counts its processes: what was meant for one is not for the next. */
        int incarnation();

        void linkUp(PeerId peer, long link);

        void linkDown(PeerId peer, long link);

        void received(PeerId from, long link, PeerMessage message);
    }

    /** From one peer to another. */
    record Direction(PeerId from, PeerId to) implements Comparable<Direction> {
        @Override
        public int compareTo(Direction other) {
            int byFrom = from.compareTo(other.from);
            return byFrom != 0 ? byFrom : to.compareTo(other.to);
        }
    }

    private static final class Link {
        final PeerId a;
        final PeerId b;
        final long number;
        final Map<PeerId, Map<Lane, ArrayDeque<List<PeerMessage>>>> underWay = new TreeMap<>();
        /** By end: what came there of late, oldest first. */
        final Map<PeerId, ArrayDeque<List<PeerMessage>>> arrived = new TreeMap<>();

        boolean up = true;

        Link(PeerId a, PeerId b, long number) {
            this.a = a;
            this.b = b;
            this.number = number;
            for (PeerId to : List.of(a, b)) {
                Map<Lane, ArrayDeque<List<PeerMessage>>> lanes = new EnumMap<>(Lane.class);
                for (Lane lane : Lane.values()) {
                    lanes.put(lane, new ArrayDeque<>());
                }
                underWay.put(to, lanes);
                arrived.put(to, new ArrayDeque<>());
            }
        }

        PeerId other(PeerId end) {
            return end.equals(a) ? b : a;
        }
    }

    /** Deliveries that a link may repeat after its end. */
    private static final int REMEMBERED = 12;

    private final EventQueue events;
    private final SplittableRandom random;
    private final SimulationOptions.Network options;
    private final Leftovers leftovers;
    private final TreeMap<PeerId, Endpoint> endpoints = new TreeMap<>();
    private final List<Link> links = new ArrayList<>();
    private final TreeSet<Direction> blocked = new TreeSet<>();
    /** By direction: time units that a message takes at most, in place of what is usual. */
    private final TreeMap<Direction, Integer> slow = new TreeMap<>();

    private long lastLink;

    SimulatedNetwork(
            EventQueue events, SplittableRandom random, SimulationOptions.Network options, Leftovers leftovers) {
        this.events = events;
        this.random = random;
        this.options = options;
        this.leftovers = leftovers;
    }

    void join(PeerId peer, Endpoint endpoint) {
        endpoints.put(peer, endpoint);
    }

    void block(PeerId from, PeerId to) {
        blocked.add(new Direction(from, to));
    }

    void slow(PeerId from, PeerId to, int delayMax) {
        slow.put(new Direction(from, to), delayMax);
    }

    void heal() {
        blocked.clear();
        slow.clear();
    }

    /** Cuts what runs in a blocked direction, as the ends' own timeouts would. */
    void cutBlocked() {
        for (Link link : List.copyOf(links)) {
            if (isBlocked(link.a, link.b) || isBlocked(link.b, link.a)) {
                cut(link);
            }
        }
    }

    private boolean isBlocked(PeerId from, PeerId to) {
        return !blocked.isEmpty() && blocked.contains(new Direction(from, to));
    }

    /** Makes the links that are missing between peers that are up; a connection needs both directions. */
    void tick() {
        for (PeerId a : endpoints.keySet()) {
            for (PeerId b : endpoints.tailMap(a, false).keySet()) {
                boolean possible = endpoint(a).isUp() && endpoint(b).isUp() && !isBlocked(a, b) && !isBlocked(b, a);
                if (possible && find(a, b) == null && random.nextInt(4) == 0) {
                    connect(a, b);
                }
            }
        }
    }

    void cutRandomLink() {
        if (!links.isEmpty()) {
            cut(links.get(random.nextInt(links.size())));
        }
    }

    void crashed(PeerId peer) {
        List.copyOf(links).stream()
                .filter(link -> link.a.equals(peer) || link.b.equals(peer))
                .forEach(this::cut);
    }

    /** A peer closes a link by itself. */
    void disconnect(PeerId by, PeerId peer, long number) {
        Link link = find(by, peer);
        if (link != null && link.number == number) {
            cut(link);
        }
    }

    boolean isUp(PeerId a, PeerId b, long number) {
        Link link = find(a, b);
        return link != null && link.number == number;
    }

    void send(PeerId from, PeerId to, long number, Lane lane, List<PeerMessage> messages) {
        Link link = find(from, to);
        if (link == null || link.number != number) {
            return;
        }
        leftovers.meeting(new Direction(to, from), number).ifPresent(leftover -> comeAgain(leftover, to, from));
        ArrayDeque<List<PeerMessage>> queue = link.underWay.get(to).get(lane);
        queue.add(messages);
        if (queue.size() == 1) {
            deliverLater(link, from, to, lane);
        }
    }

    private void deliverLater(Link link, PeerId from, PeerId to, Lane lane) {
        int usual = options.delayMax();
        int delayMax = slow.isEmpty() ? usual : slow.getOrDefault(new Direction(from, to), usual);
        events.in(1 + random.nextInt(delayMax), () -> deliver(link, from, to, lane));
    }

    private void deliver(Link link, PeerId from, PeerId to, Lane lane) {
        if (!link.up) {
            return;
        }
        if (isBlocked(from, to)) {
            events.in(Simulation.TICK, () -> deliver(link, from, to, lane));
            return;
        }
        ArrayDeque<List<PeerMessage>> queue = link.underWay.get(to).get(lane);
        // all that is under way arrives together: delay is not a limit to what a lane can carry
        List<PeerMessage> messages = new ArrayList<>();
        queue.forEach(messages::addAll);
        queue.clear();
        ArrayDeque<List<PeerMessage>> arrived = link.arrived.get(to);
        arrived.add(messages);
        if (arrived.size() > REMEMBERED) {
            arrived.poll();
        }
        for (PeerMessage message : messages) {
            if (link.up) {
                leftovers.arrived(
                        new Direction(from, to), link.number, endpoint(to).incarnation(), message);
                endpoint(to).received(from, link.number, message);
            }
        }
    }

    /** Before the answer, as a rule: that takes the way there and back. */
    private void comeAgain(Leftovers.Leftover leftover, PeerId from, PeerId to) {
        events.in(1, () -> {
            if (endpoint(to).isUp() && endpoint(to).incarnation() == leftover.incarnation()) {
                endpoint(to).received(from, leftover.link(), leftover.message());
            }
        });
    }

    private void connect(PeerId a, PeerId b) {
        Link link = new Link(a, b, ++lastLink);
        links.add(link);
        endpoint(a).linkUp(b, link.number);
        if (link.up) {
            endpoint(b).linkUp(a, link.number);
        }
    }

    private void cut(Link link) {
        link.up = false;
        links.remove(link);
        for (PeerId end : List.of(link.a, link.b)) {
            long learns = random.nextInt(options.delayMax());
            events.in(learns, () -> endpoint(end).linkDown(link.other(end), link.number));
            if (random.nextInt(100) < options.latePercent()) {
                comeLate(link, end, learns);
            }
        }
    }

    /** What had arrived comes again, after the end has learnt that the link is down; what had not comes at last. */
    private void comeLate(Link link, PeerId to, long learns) {
        List<PeerMessage> late = new ArrayList<>();
        ArrayDeque<List<PeerMessage>> arrived = link.arrived.get(to);
        arrived.stream().skip(random.nextInt(arrived.size() + 1)).forEach(late::addAll);
        link.underWay.get(to).values().forEach(lane -> lane.forEach(late::addAll));
        int process = endpoint(to).incarnation();
        events.in(learns + 1 + random.nextInt(30 * Simulation.TICK), () -> {
            if (endpoint(to).isUp() && endpoint(to).incarnation() == process) {
                late.forEach(message -> endpoint(to).received(link.other(to), link.number, message));
            }
        });
    }

    private Endpoint endpoint(PeerId peer) {
        return endpoints.get(peer);
    }

    private Link find(PeerId a, PeerId b) {
        for (Link link : links) {
            if (link.a.equals(a) && link.b.equals(b) || link.a.equals(b) && link.b.equals(a)) {
                return link;
            }
        }
        return null;
    }
}
