package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What goes wrong in the first phase. Never more than can be healed: a disk is damaged only while all others are sound
 * and their peers vote.
 */
final class Faults {
    private final Simulation simulation;
    private final SimulationOptions options;
    private final SplittableRandom random;
    private final Races races;
    private final TreeMap<PeerId, Long> downUntil = new TreeMap<>();
    private final TreeMap<PeerId, Long> pausedUntil = new TreeMap<>();
    private long flapsUntil;
    private int flapKind;
    private int crashes;
    private int partitions;
    private DamageTally damages = DamageTally.NONE;
    private boolean over;

    /** @param ownOfRaces for the choices of those races that came later */
    Faults(Simulation simulation, SplittableRandom random, SplittableRandom ownOfRaces) {
        this.simulation = simulation;
        this.options = simulation.options();
        this.random = random;
        this.races = new Races(simulation, this, random, ownOfRaces);
    }

    int crashes() {
        return crashes;
    }

    int partitions() {
        return partitions;
    }

    DamageTally damages() {
        return damages;
    }

    /** One tick of the first phase. */
    void cause() {
        network();
        SimulationOptions.Processes processes = options.processes();
        if (chance(processes.crashes())) {
            crashOne(anyPeer());
        }
        if (chance(processes.powerCuts())) {
            cutPower();
        }
        if (chance(processes.pauses())) {
            pause(anyPeer());
        }
        if (chance(options.expiryRaces())) {
            races.expiry();
        }
        races.lostRoute();
        if (chance(processes.clockJumps())) {
            anyPeer().jumpClock(random.nextInt(7_200_000) - 3_600_000);
        }
        if (chance(processes.handOvers())) {
            SimulatedPeer peer = anyPeer();
            if (peer.isUp() && !peer.isPaused()) {
                peer.stopInOrder();
                peer.later(60 * Simulation.TICK, () -> crash(peer.id, false)); // its host's patience is at an end
            }
        }
        if (chance(options.disks().damages())) {
            damageOne(anyPeer());
        }
        if (chance(options.disks().failures())) {
            failDisk(anyPeer());
        }
        bringBack();
    }

    private void network() {
        SimulatedNetwork network = simulation.network();
        if (chance(options.network().cuts())) {
            network.cutRandomLink();
        }
        if (chance(options.network().partitions())) {
            partitions++;
            network.heal();
            flapKind = random.nextInt(4);
            flapsUntil = random.nextInt(3) == 0 ? simulation.tick() + random.nextInt(80) : 0;
            partition(flapKind);
        } else if (simulation.tick() < flapsUntil && random.nextInt(6) == 0) {
            network.heal();
            partition(flapKind);
        } else if (chance(options.network().heals())) {
            network.heal();
        }
        if (chance(options.network().slowLinks())) {
            network.slow(anyPeer().id, anyPeer().id, 50 + random.nextInt(150));
        }
    }

    private void partition(int kind) {
        List<PeerId> all = new ArrayList<>(simulation.ids());
        PeerId alone = all.get(random.nextInt(all.size()));
        if (kind == 0) {
            block(List.of(alone), all, true);
            crashLater(alone);
        } else if (kind == 1) {
            List<PeerId> half = new ArrayList<>();
            all.stream().filter(peer -> random.nextBoolean()).forEach(half::add);
            block(half, all, true);
        } else if (kind == 2) { // one way: it is heard and hears nothing, or the other way round
            boolean deaf = random.nextBoolean();
            for (PeerId other : all) {
                simulation.network().block(deaf ? other : alone, deaf ? alone : other);
            }
        } else { // a bridge: two that reach each other only by way of others
            block(List.of(alone), List.of(all.get(random.nextInt(all.size()))), true);
        }
        if (random.nextInt(3) > 0) {
            simulation.network().cutBlocked(); // else what is sent waits for better times
        }
    }

    private void block(List<PeerId> some, List<PeerId> all, boolean both) {
        for (PeerId a : some) {
            for (PeerId b : all) {
                if (!some.contains(b)) {
                    simulation.network().block(a, b);
                    simulation.network().block(b, a);
                }
            }
        }
    }

    /** With what nobody else has in its journal. */
    private void crashLater(PeerId alone) {
        if (random.nextInt(3) == 0) {
            simulation.events().in(Simulation.TICK * (1L + random.nextInt(14)), () -> {
                if (!over) {
                    crash(alone, random.nextBoolean());
                }
            });
        }
    }

    /** All lose power; often one stays away so long that the others go on with what their own disks kept. */
    private void cutPower() {
        simulation.ids().forEach(id -> crash(id, true));
        if (random.nextBoolean()) {
            PeerId absent = anyPeer().id;
            downUntil.replaceAll((id, until) -> simulation.tick() + 1 + random.nextInt(5));
            downUntil.replace(absent, simulation.tick() + 60 + random.nextInt(60));
        }
    }

    private void crashOne(SimulatedPeer peer) {
        if (!peer.isUp()) {
            return;
        }
        if (random.nextInt(3) == 0) {
            peer.crashAfterEffects(random.nextInt(12));
            return;
        }
        crash(peer.id, random.nextBoolean());
    }

    /**
     * The process dies, and its disk is not what it was. Often at the worst moment: another peer is a little behind, the
     * third goes down, and the damaged one comes back at once.
     */
    private void damageOne(SimulatedPeer peer) {
        if (random.nextInt(3) == 0) {
            damageNow(peer);
            return;
        }
        PeerId behind = anyPeer().id;
        for (PeerId other : simulation.ids()) {
            simulation.network().slow(other, behind, 50 + random.nextInt(80));
        }
        simulation.events().in(Simulation.TICK * (2L + random.nextInt(12)), () -> {
            if (!over && damageNow(peer)) {
                downUntil.put(peer.id, simulation.tick() + 1);
                for (SimulatedPeer other : simulation.peers()) {
                    if (other != peer && !other.id.equals(behind)) {
                        crash(other.id, random.nextBoolean());
                        downUntil.put(other.id, simulation.tick() + 40 + random.nextInt(60));
                        break;
                    }
                }
            }
        });
    }

    private boolean damageNow(SimulatedPeer peer) {
        if (!peer.isUp() || !othersAreSound(peer)) {
            return false;
        }
        crash(peer.id, false); // what a power failure within 100 ms of an fsync hides is a known limit
        try {
            DamageTally.Kind kind = peer.damageDisk();
            damages = kind == null ? damages : damages.withStruck(kind);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return true;
    }

    private boolean othersAreSound(SimulatedPeer peer) {
        return simulation.peers().stream()
                .allMatch(other -> other == peer
                        ? !other.isDamaged()
                        : other.isUp()
                                && !other.isDamaged()
                                && other.view().status().serving()
                                && other.disk().membership() == Membership.FOUNDED);
    }

    private void failDisk(SimulatedPeer peer) {
        if (peer.isUp() && random.nextBoolean()) {
            peer.disk().files().failForce(1 + random.nextInt(4));
        } else if (peer.isUp()) {
            int free = random.nextInt(3_000);
            peer.disk().files().setFreeBytes(free);
            peer.take(new ReplicaInput.DiskSpace(free < 1_500 ? DiskRoom.NONE : DiskRoom.LOW));
            peer.later(Simulation.TICK * (5L + random.nextInt(60)), () -> haveRoom(peer));
        }
    }

    private static void haveRoom(SimulatedPeer peer) {
        peer.disk().files().setFreeBytes(Long.MAX_VALUE);
        peer.take(new ReplicaInput.DiskSpace(DiskRoom.PLENTY));
    }

    private void pause(SimulatedPeer peer) {
        if (peer.isUp() && !peer.isPaused()) {
            int ticks = switch (random.nextInt(4)) {
                case 0 -> 100 + random.nextInt(250);
                case 1 -> 20 + random.nextInt(100); // long enough for another leader, and less than a session
                default -> 1 + random.nextInt(30);
            };
            pause(peer, ticks);
            if (random.nextBoolean()) {
                simulation.events().in(Simulation.TICK * (1L + random.nextInt(ticks)), () -> {
                    if (!over) {
                        simulation.silence(peer.id);
                    }
                });
            }
        }
    }

    /** For so long, unless it crashes. */
    void pause(SimulatedPeer peer, int ticks) {
        peer.pause();
        pausedUntil.put(peer.id, simulation.tick() + ticks);
    }

    /** Before its time. */
    void goOn(SimulatedPeer peer) {
        pausedUntil.remove(peer.id);
        peer.goOn();
    }

    /** Nothing reaches it, and nothing comes from it; its links do not know yet. */
    void loseRoutes(PeerId alone) {
        block(List.of(alone), List.copyOf(simulation.ids()), true);
    }

    /** Then, unless the faults are over. */
    void in(int ticks, Runnable what) {
        simulation.events().in((long) Simulation.TICK * ticks, () -> {
            if (!over) {
                what.run();
            }
        });
    }

    /** The process of that peer dies, if there is one. */
    void crash(PeerId id, boolean power) {
        SimulatedPeer peer = simulation.peer(id);
        if (peer.isUp()) {
            crashes++;
            peer.crash(power);
            stopped(id);
        }
    }

    /** A start on a damaged disk said so. */
    void damageDetected(DamageTally.Kind kind) {
        damages = damages.withDetected(kind);
    }

    /** An operator emptied a damaged directory. */
    void damagedEmptied() {
        damages = damages.withEmptied();
    }

    /** The process of that peer has ended. */
    void stopped(PeerId id) {
        simulation.network().crashed(id);
        downUntil.put(
                id, simulation.tick() + 1 + random.nextInt(options.processes().downTicksMax()));
    }

    /** Those whose time has come. */
    void bringBack() {
        for (PeerId id : List.copyOf(downUntil.keySet())) {
            if (over || downUntil.get(id) <= simulation.tick()) {
                downUntil.remove(id);
                simulation.peer(id).start();
            }
        }
        for (PeerId id : List.copyOf(pausedUntil.keySet())) {
            if (over || pausedUntil.get(id) <= simulation.tick()) {
                pausedUntil.remove(id);
                simulation.peer(id).goOn();
            }
        }
    }

    /** No more faults, and all that lasts ends. */
    void end() {
        over = true;
        simulation.network().heal();
        for (SimulatedPeer peer : simulation.peers()) {
            peer.crashAfterEffects(-1);
            peer.disk().files().failForce(Integer.MAX_VALUE);
            haveRoom(peer);
        }
        bringBack();
    }

    /** The race of a leader that executes late, when all is healed. */
    void slowLeader() {
        races.slowLeader();
    }

    /** A minority stays cut off, or down. @return who */
    List<PeerId> leaveBroken() {
        boolean founded = simulation.peers().stream()
                .allMatch(peer -> peer.isDamaged() || peer.disk().membership() == Membership.FOUNDED);
        if (!founded || random.nextBoolean()) {
            return List.of(); // founding needs everybody
        }
        PeerId broken = simulation.peers().stream()
                .filter(SimulatedPeer::isDamaged)
                .map(peer -> peer.id)
                .findFirst()
                .orElse(anyPeer().id);
        int kind = random.nextInt(3);
        for (PeerId other : simulation.ids()) {
            if (!other.equals(broken)) {
                if (kind != 1) {
                    simulation.network().block(broken, other);
                }
                if (kind != 0) {
                    simulation.network().block(other, broken);
                }
            }
        }
        simulation.network().cutBlocked();
        return List.of(broken);
    }

    private SimulatedPeer anyPeer() {
        List<SimulatedPeer> all = simulation.peers();
        return all.get(random.nextInt(all.size()));
    }

    private boolean chance(int perThousand) {
        return perThousand > 0 && random.nextInt(1_000) < perThousand;
    }
}
