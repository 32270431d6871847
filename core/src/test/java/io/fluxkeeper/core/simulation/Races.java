package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What hardly ever happens by chance: a client's word that meets the end of its session, or of its leader's term, and a
 * leader that is behind its followers.
 */
final class Races {
    /** In which what is under way arrives, as a rule. */
    private static final int SETTLED_TICKS = 8;

    /** Less than a leader goes on without word from a quorum: it counts only the ticks that it sees. */
    private static final int BELIEVES_TICKS = 8;

    /** In which another leader is elected, as a rule, and somebody gets a write done. */
    private static final int SUCCESSION_TICKS = 100;

    private final Simulation simulation;
    private final Faults faults;
    /** The one of all faults. */
    private final SplittableRandom random;

    /** Of {@link #lostRoute} alone: it moves no choice of the others. */
    private final SplittableRandom own;

    /** The leader that is out of reach. */
    private @Nullable SimulatedPeer lost;

    /** Ticks until its clients ask it; -1 while it has no successor. */
    private int asksIn;

    Races(Simulation simulation, Faults faults, SplittableRandom random, SplittableRandom own) {
        this.simulation = simulation;
        this.faults = faults;
        this.random = random;
        this.own = own;
    }

    /**
     * A client that was silent speaks at the very moment when its session ends. Or clients, of whom nothing is under way,
     * speak a last time to a leader that stood still until there was another one, which has not heard of them.
     */
    void expiry() {
        int session = sessionTicks();
        if (random.nextBoolean()) {
            SimulatedClient client =
                    simulation.clients().get(random.nextInt(simulation.clients().size()));
            client.speakOnceMore(session + random.nextInt(12));
            return;
        }
        leader().ifPresent(leader -> standStill(leader, 40 + random.nextInt(60), session));
    }

    private int sessionTicks() {
        return simulation.options().clientHabits().sessionMillis() / Simulation.TICK;
    }

    private Optional<SimulatedPeer> leader() {
        return simulation.peers().stream().filter(Races::leads).findFirst();
    }

    private static boolean leads(SimulatedPeer peer) {
        return peer.isUp()
                && !peer.isPaused()
                && peer.view().status().role() == Role.LEADING
                && peer.view().status().serving();
    }

    private void standStill(SimulatedPeer leader, int ticks, int session) {
        clientsAt(leader.id).forEach(client -> client.fallSilent(2 * ticks));
        faults.in(SETTLED_TICKS, () -> {
            if (leader.isUp() && !leader.isPaused()) {
                faults.pause(leader, ticks);
                if (random.nextBoolean()) { // so that nobody can tell it of its successor
                    faults.loseRoutes(leader.id);
                    simulation.network().cutBlocked();
                }
            }
        });
        faults.in(
                SETTLED_TICKS + ticks - 10 + random.nextInt(20),
                () -> clientsAt(leader.id).forEach(client -> client.speakOnceMore(session)));
    }

    /**
     * A leader is out of reach and stands still until another one has gone on without it; then its clients ask it what is
     * new. Its links stand, since nobody told it that the routes are gone: were they cut, it would give up at its first
     * tick, before it answers anybody.
     */
    void lostRoute() {
        SimulatedPeer leader = lost;
        if (leader != null) {
            awaitSuccessor(leader);
        } else if (own.nextInt(1_000) < simulation.options().lostRoutes()) {
            leader().filter(peer -> clientsAt(peer.id).findAny().isPresent()).ifPresent(this::lose);
        }
    }

    private void lose(SimulatedPeer leader) {
        lost = leader;
        asksIn = -1;
        faults.loseRoutes(leader.id);
        faults.pause(leader, SUCCESSION_TICKS);
        clientsAt(leader.id).forEach(client -> client.fallSilent(SUCCESSION_TICKS)); // lest they ask another peer
    }

    private void awaitSuccessor(SimulatedPeer leader) {
        faults.loseRoutes(leader.id); // whatever was healed meanwhile
        if (!leader.isUp() || asksIn < 0 && !leader.isPaused()) {
            lost = null;
        } else if (asksIn < 0 && simulation.peers().stream().anyMatch(peer -> succeeds(peer, leader))) {
            faults.goOn(leader);
            asksIn = own.nextInt(BELIEVES_TICKS);
        } else if (asksIn > 0) {
            asksIn--;
        } else if (asksIn == 0) {
            clientsAt(leader.id).forEach(client -> client.speakOnceMore(own.nextInt(sessionTicks())));
            lost = null;
        }
    }

    private static boolean succeeds(SimulatedPeer peer, SimulatedPeer leader) {
        return leads(peer) && peer.applied().isAfter(leader.applied());
    }

    /**
     * A leader with a slow disk executes later than its followers: a client attaches at one of those, has a write refused
     * there for the gap that a lost one left, and sends both again, while for the leader the first copy is under way.
     */
    void slowLeader() {
        SimulatedPeer leader = leader().orElseThrow();
        List<SimulatedPeer> followers =
                simulation.peers().stream().filter(peer -> peer != leader).toList();
        // the first is done after the refused write has come, the second, no stall yet, after it has come again
        leader.nextSyncsTake(List.of(60 + own.nextInt(100), 180 + own.nextInt(100)));
        List<SimulatedClient> clients = simulation.clients();
        clients.get(own.nextInt(clients.size())).loseOneAt(followers.get(own.nextInt(followers.size())).id);
    }

    private Stream<SimulatedClient> clientsAt(PeerId id) {
        return simulation.clients().stream().filter(client -> client.isAt(id));
    }
}
