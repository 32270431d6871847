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

/**
 * Links between peers: each pair has one at most, in order within a lane, with delay; what is under way when it is cut
 * is lost, and each end learns of it in its own time.
 */
final class SimulatedNetwork {
    /** One end's ear. */
    interface Endpoint {
        boolean isUp();

        void linkUp(PeerId peer, long link);

        void linkDown(PeerId peer, long link);

        void received(PeerId from, long link, PeerMessage message);
    }

    private static final class Link {
        final PeerId a;
        final PeerId b;
        final long number;
        final Map<PeerId, Map<Lane, ArrayDeque<List<PeerMessage>>>> underWay = new TreeMap<>();
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
            }
        }
    }

    private final EventQueue events;
    private final SplittableRandom random;
    private final int delayMax;
    private final TreeMap<PeerId, Endpoint> endpoints = new TreeMap<>();
    private final List<Link> links = new ArrayList<>();
    private final List<PeerId> isolated = new ArrayList<>();
    private long lastLink;

    SimulatedNetwork(EventQueue events, SplittableRandom random, int delayMax) {
        this.events = events;
        this.random = random;
        this.delayMax = delayMax;
    }

    void join(PeerId peer, Endpoint endpoint) {
        endpoints.put(peer, endpoint);
    }

    /** One peer that nobody reaches; null for none. */
    void isolate(PeerId peer) {
        isolated.clear();
        isolated.add(peer);
        List.copyOf(links).stream()
                .filter(link -> link.a.equals(peer) || link.b.equals(peer))
                .forEach(this::cut);
    }

    void heal() {
        isolated.clear();
    }

    /** Makes the links that are missing between peers that are up. */
    void tick() {
        for (PeerId a : endpoints.keySet()) {
            for (PeerId b : endpoints.tailMap(a, false).keySet()) {
                boolean possible =
                        endpoint(a).isUp() && endpoint(b).isUp() && !isolated.contains(a) && !isolated.contains(b);
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
        ArrayDeque<List<PeerMessage>> queue = link.underWay.get(to).get(lane);
        queue.add(messages);
        if (queue.size() == 1) {
            deliverLater(link, from, to, lane);
        }
    }

    private void deliverLater(Link link, PeerId from, PeerId to, Lane lane) {
        events.in(1 + random.nextInt(delayMax), () -> {
            if (!link.up) {
                return;
            }
            ArrayDeque<List<PeerMessage>> queue = link.underWay.get(to).get(lane);
            List<PeerMessage> messages = queue.poll();
            if (!queue.isEmpty()) {
                deliverLater(link, from, to, lane);
            }
            for (PeerMessage message : messages) {
                if (link.up) {
                    endpoint(to).received(from, link.number, message);
                }
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
        events.in(random.nextInt(delayMax), () -> endpoint(link.a).linkDown(link.b, link.number));
        events.in(random.nextInt(delayMax), () -> endpoint(link.b).linkDown(link.a, link.number));
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
