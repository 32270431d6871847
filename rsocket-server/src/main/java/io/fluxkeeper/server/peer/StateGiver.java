package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateStore;
import io.fluxkeeper.server.loop.Mailbox;
import io.fluxkeeper.server.loop.StoreTasks;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.rsocket.Payload;
import io.rsocket.util.DefaultPayload;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The leader's side of state transfers: pins versions of the state and streams them, part by part, as fast as the
 * follower asks. Offers live on the store thread; a pin is closed there, once, by the first of: the stream's end,
 * {@link #release}, loss of its link, {@code stateTransferMax}.
 */
final class StateGiver {
    /** About the size of a chunk; a single larger row makes a larger one, which goes in several parts. */
    static final int CHUNK_BYTES = 256 << 10;

    private static final Logger log = LoggerFactory.getLogger(StateGiver.class);

    /** Whether that link is up. */
    @FunctionalInterface
    interface Links {
        boolean isUp(PeerId peer, long link);
    }

    private final StoreTasks storeThread;
    private final Mailbox mailbox;
    private final Duration transferMax;
    private final EventLoop timer;
    private final Links links;
    /**
     * Reads run where the pins live. Cancelling a worker of a plain executor drops its tasks and interrupts nobody,
     * which an MVStore would not survive.
     */
    private final Scheduler storeScheduler;
    /** The store thread's own, by transfer. */
    private final SortedMap<Long, Offer> offers = new TreeMap<>();

    StateGiver(StoreTasks storeThread, Mailbox mailbox, Duration transferMax, EventLoop timer, Links links) {
        this.storeThread = storeThread;
        this.mailbox = mailbox;
        this.transferMax = transferMax;
        this.timer = timer;
        this.links = links;
        this.storeScheduler = Schedulers.fromExecutor(task -> storeThread.execute((inUse, files) -> task.run()));
    }

    /** Pins the state and says StatePinned; StateReleased follows some time later, in any case. */
    void offer(Effect.OfferState wanted) {
        storeThread.execute((inUse, files) -> {
            Offer offer = new Offer(wanted, inUse.pin());
            offers.put(wanted.transfer(), offer);
            if (!links.isUp(wanted.to(), wanted.link())) {
                // Its loss was noticed before the offer was there to be dropped with it.
                close(wanted.transfer(), "its link is gone");
                return;
            }
            offer.deadline = timer.schedule(
                    () -> release(wanted.transfer(), "it took longer than " + transferMax),
                    transferMax.toMillis(),
                    TimeUnit.MILLISECONDS);
            StateMeta meta = offer.pin.meta();
            say(new Input.StatePinned(wanted.transfer(), meta.applied(), meta.chain(), meta.digest()));
        });
    }

    /** Gives up a transfer; nothing happens when it is over. From any thread. */
    void release(long transfer, String reason) {
        storeThread.execute((inUse, files) -> close(transfer, reason));
    }

    /** Gives up the transfers by that link. From any thread. */
    void linkDown(long link) {
        storeThread.execute((inUse, files) -> {
            for (Offer offer : List.copyOf(offers.values())) {
                if (offer.wanted.link() == link) {
                    close(offer.wanted.transfer(), "its link is gone");
                }
            }
        });
    }

    /** Gives up all transfers. From any thread. */
    void releaseAll(String reason) {
        storeThread.execute((inUse, files) -> {
            for (Offer offer : List.copyOf(offers.values())) {
                close(offer.wanted.transfer(), reason);
            }
        });
    }

    /**
     * The chunks of an offered state, then their end. Cold; produced on the store thread at the subscriber's demand.
     *
     * @param link by which it is asked for
     */
    Flux<Payload> fetch(long link, BinaryReader request) {
        TransferFrame.Fetch fetch;
        try {
            fetch = TransferFrame.Fetch.read(request);
        } catch (MalformedBytesException malformed) {
            return Flux.error(malformed);
        }
        return Flux.<Payload, Offer>generate(() -> begin(link, fetch), Offer::next, this::streamOver)
                .subscribeOn(storeScheduler, true);
    }

    private Offer begin(long link, TransferFrame.Fetch fetch) {
        Offer offer = offers.get(fetch.transfer());
        if (offer == null || offer.wanted.link() != link) {
            throw new TransferException("transfer " + fetch.transfer() + " is not offered by this link");
        }
        StateMeta meta = offer.pin.meta();
        if (!meta.applied().equals(fetch.zxid()) || meta.digest() != fetch.digest()) {
            throw new TransferException(
                    "transfer " + fetch.transfer() + " is of the state at " + meta.applied() + ", not " + fetch.zxid());
        }
        if (offer.chunks != null) {
            throw new TransferException("transfer " + fetch.transfer() + " is fetched already");
        }
        offer.chunks = offer.pin.chunks(CHUNK_BYTES);
        return offer;
    }

    private void streamOver(Offer offer) {
        release(offer.wanted.transfer(), "the stream is over");
    }

    private void close(long transfer, String reason) {
        Offer offer = offers.remove(transfer);
        if (offer == null) {
            return;
        }
        if (offer.deadline != null) {
            offer.deadline.cancel(false);
        }
        offer.closed = true;
        offer.pin.close();
        log.info(
                "state transfer {} to peer {} ended after {} chunks: {}",
                transfer,
                offer.wanted.to(),
                offer.sent,
                reason);
        say(new Input.StateReleased(transfer));
    }

    private void say(Input input) {
        mailbox.internal(new ReplicaInput.Consensus(input));
    }

    /** A pinned state on its way. On the store thread. */
    private static final class Offer {
        private final Effect.OfferState wanted;
        private final StateStore.Pin pin;
        private @Nullable Future<?> deadline;
        /** Null until it is fetched. */
        private @Nullable Iterator<StateChunk> chunks;
        /** The chunk of which not all parts have gone. */
        private ChunkParts.@Nullable Outgoing begun;
        /** Whole chunks. */
        private long sent;

        private boolean closed;

        Offer(Effect.OfferState wanted, StateStore.Pin pin) {
            this.wanted = wanted;
            this.pin = pin;
        }

        Offer next(SynchronousSink<Payload> sink) {
            if (closed || chunks == null) {
                sink.error(new TransferException("transfer " + wanted.transfer() + " was given up"));
            } else if (begun != null || chunks.hasNext()) {
                sink.next(DefaultPayload.create(nextPart(chunks).toBytes()));
            } else {
                sink.next(DefaultPayload.create(new TransferFrame.End(pin.meta(), sent).toBytes()));
                sink.complete();
            }
            return this;
        }

        private TransferFrame.Part nextPart(Iterator<StateChunk> from) {
            ChunkParts.Outgoing chunk = begun == null ? new ChunkParts.Outgoing(from.next()) : begun;
            TransferFrame.Part part = chunk.next();
            begun = part.last() ? null : chunk;
            sent += part.last() ? 1 : 0;
            return part;
        }
    }
}
