package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.server.loop.Mailbox;
import io.fluxkeeper.server.loop.PeerMeters;
import io.fluxkeeper.server.loop.PeerPort;
import io.fluxkeeper.server.loop.StoreTasks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;

/**
 * The links to all other peers. The peer with the larger id dials; a link is one TCP connection with two ordered lanes
 * each way, and goes down for good at the first error, to be made anew. Frames of a link arrive completely, in the
 * order of their lane, up to some point, or not at all.
 */
public final class PeerLinks implements PeerPort {
    private static final Logger log = LoggerFactory.getLogger(PeerLinks.class);

    private final PeerLinksConfig config;
    private final LoopResources loops;
    private final StoreTasks storeThread;
    private final SortedMap<PeerId, PeerSlot> slots = new TreeMap<>();
    private final List<PeerDialer> dialers = new ArrayList<>();
    private final PeerListener listener;
    private final StateGiver giver;
    private final StateFetch.Shared fetching;
    /** Set once by {@link #start}, read by {@link #stop} on whatever threads call them. */
    private volatile @Nullable DisposableServer server;

    /**
     * @param foreign knows this peer's ensemble and hears of others
     * @param codec of everything peers say
     * @param loaders makes the loader for each state that is fetched
     * @param loops event loops, the owner's to dispose of after {@link #stop}
     */
    public PeerLinks(
            PeerLinksConfig config,
            ForeignPeers foreign,
            PeerFrameCodec codec,
            Mailbox mailbox,
            StoreTasks storeThread,
            Supplier<StateMachine.Loader> loaders,
            LoopResources loops,
            PeerMeters meters) {
        this.config = config;
        this.loops = loops;
        this.storeThread = storeThread;
        this.giver = new StateGiver(
                storeThread,
                mailbox,
                config.timing().stateTransferMax(),
                loops.onServer(LoopResources.DEFAULT_NATIVE).next(),
                (peer, link) -> link(peer, link) != null);
        this.fetching = new StateFetch.Shared(
                storeThread, mailbox, loaders, config.timing().stateTransferMax());
        PeerLink.Shared shared = new PeerLink.Shared(codec, mailbox, config.bounds(), giver);
        AtomicLong lastLink = new AtomicLong();
        for (PeerId peer : config.ensemble().others()) {
            LinkMetrics metrics = new LinkMetrics(meters, peer);
            PeerSlot slot = new PeerSlot(peer, mailbox, lastLink, metrics, () -> foreign.linked(peer), giver::linkDown);
            slots.put(peer, slot);
            if (peer.compareTo(config.self()) < 0) {
                dialers.add(new PeerDialer(config, foreign, slot, shared, loops));
            }
        }
        this.listener = new PeerListener(config, foreign, slots, shared);
    }

    /** Listens and dials. Cold; gives the address it listens at, or the error that kept it from listening. */
    public Mono<InetSocketAddress> start() {
        return listener.bind(loops).map(bound -> {
            server = bound;
            dialers.forEach(PeerDialer::start);
            SocketAddress address = bound.address();
            log.info("peer {} listens for peers at {}", config.self(), address);
            return (InetSocketAddress) address;
        });
    }

    /** Closes everything. Cold; complete when nothing is accepted any more and all links are down. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            dialers.forEach(PeerDialer::stop);
            List<Mono<Void>> ends = new ArrayList<>();
            DisposableServer bound = server;
            if (bound != null) {
                bound.dispose();
                ends.add(bound.onDispose());
            }
            slots.values().forEach(slot -> ends.add(slot.stop()));
            giver.releaseAll("this peer stops");
            return Mono.when(ends);
        });
    }

    @Override
    public void send(ReplicaEffect.SendFrame frame) {
        PeerLink link = link(frame.to(), frame.link());
        if (link != null) {
            link.send(frame);
        }
    }

    @Override
    public void disconnect(PeerId peer, long number, String reason) {
        PeerLink link = link(peer, number);
        if (link != null) {
            link.close(reason);
        }
    }

    @Override
    public void stateTransfer(ReplicaEffect.StateTransfer wanted) {
        Effect effect = wanted.effect();
        if (effect instanceof Effect.OfferState offer) {
            giver.offer(offer);
        } else if (effect instanceof Effect.ReleaseState release) {
            giver.release(release.transfer(), "the replica gave it up");
        } else if (effect instanceof Effect.FetchState fetch) {
            StateFetch.start(fetching, fetch, link(fetch.from(), fetch.link()));
        } else if (effect instanceof Effect.DiscardState discard) {
            storeThread.execute((inUse, files) -> discard(discard.file(), files));
        } else if (effect instanceof Effect.InstallState install) {
            // A pin must not outlive the store it is of.
            giver.releaseAll("the state is replaced");
            storeThread.install(install.file());
        } else {
            log.error("not a state transfer, and ignored: {}", effect);
        }
    }

    private static void discard(String file, StateStores files) {
        try {
            files.delete(file);
        } catch (IOException failure) {
            // It does not count, and the next start deletes whatever does not.
            log.warn("could not delete the fetched state {}", file, failure);
        }
    }

    private @Nullable PeerLink link(PeerId peer, long number) {
        return Objects.requireNonNull(slots.get(peer), "a peer of the ensemble").link(number);
    }
}
