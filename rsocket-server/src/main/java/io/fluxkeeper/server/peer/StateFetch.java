package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.StateMachine;
import io.fluxkeeper.core.store.StateChunk;
import io.fluxkeeper.core.store.StateStores;
import io.fluxkeeper.server.loop.Mailbox;
import io.fluxkeeper.server.loop.StoreTasks;
import io.netty.util.concurrent.Future;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.DefaultPayload;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * The follower's side of one state transfer. Parts of chunks come in on the link's event loop and are taken on the store
 * thread; a whole chunk goes into a new file and at the same time into a state machine; only then is the next part asked
 * for. Ends with exactly one of StateFetched and StateFetchFailed; after a failure nothing is left behind.
 */
final class StateFetch implements CoreSubscriber<Payload> {
    private static final int PREFETCH = 2;

    /** What fetches share. */
    record Shared(
            StoreTasks storeThread, Mailbox mailbox, Supplier<StateMachine.Loader> loaders, Duration transferMax) {}

    private final Shared shared;
    private final Effect.FetchState wanted;
    private final PeerLink link;

    // The event loop's own.
    private @Nullable Subscription subscription;
    private @Nullable Future<?> deadline;

    // The store thread's own.
    private StateStores.@Nullable StateReceiver receiver;
    private StateMachine.@Nullable Loader loader;
    private final ChunkParts.Incoming incoming = new ChunkParts.Incoming(ChunkParts.CHUNK_BYTES_MAX);
    private TransferFrame.@Nullable End end;
    private long chunks;
    private boolean over;

    private StateFetch(Shared shared, Effect.FetchState wanted, PeerLink link) {
        this.shared = shared;
        this.wanted = wanted;
        this.link = link;
    }

    /** @param link null when it is gone already */
    static void start(Shared shared, Effect.FetchState wanted, @Nullable PeerLink link) {
        if (link == null) {
            shared.mailbox.internal(new ReplicaInput.Consensus(
                    new Input.StateFetchFailed(wanted.transfer(), "the link to peer " + wanted.from() + " is gone")));
            return;
        }
        StateFetch fetch = new StateFetch(shared, wanted, link);
        shared.storeThread.execute((inUse, files) -> fetch.open(files));
    }

    private void open(StateStores files) {
        try {
            receiver = files.receive();
            loader = shared.loaders.get();
        } catch (IOException | RuntimeException failure) {
            fail("no new state file: " + PeerLink.reasonOf(failure));
            return;
        }
        link.onLoop(this::subscribe);
    }

    private void subscribe() {
        RSocket requester = link.requester();
        if (link.isClosed() || requester == null) {
            onStoreThread(() -> fail("the link to peer " + wanted.from() + " is gone"));
            return;
        }
        deadline = link.loop()
                .schedule(
                        () -> onStoreThread(() -> fail("it took longer than " + shared.transferMax)),
                        shared.transferMax.toMillis(),
                        TimeUnit.MILLISECONDS);
        byte[] request = new TransferFrame.Fetch(wanted.transfer(), wanted.zxid(), wanted.digest()).toBytes();
        requester.requestStream(DefaultPayload.create(request)).subscribe(this);
    }

    @Override
    public void onSubscribe(Subscription s) {
        subscription = s;
        s.request(PREFETCH);
    }

    @Override
    public void onNext(Payload payload) {
        BinaryReader in = PeerLink.reader(payload);
        payload.release();
        onStoreThread(() -> take(in));
    }

    @Override
    public void onError(Throwable error) {
        onStoreThread(() -> fail(PeerLink.reasonOf(error)));
    }

    @Override
    public void onComplete() {
        onStoreThread(this::finish);
    }

    private void take(BinaryReader in) {
        if (over || receiver == null || loader == null) {
            return;
        }
        try {
            TransferFrame frame = TransferFrame.read(in);
            if (end != null) {
                fail("something came after the end");
            } else if (frame instanceof TransferFrame.Part part) {
                takePart(part, receiver, loader);
            } else {
                end = (TransferFrame.End) frame;
            }
        } catch (IOException | RuntimeException failure) {
            fail(PeerLink.reasonOf(failure));
        }
    }

    private void takePart(TransferFrame.Part part, StateStores.StateReceiver into, StateMachine.Loader also)
            throws IOException {
        StateChunk chunk = incoming.add(part);
        if (chunk != null) {
            takeChunk(chunk, into, also);
        }
        link.onLoop(() -> {
            if (subscription != null) {
                subscription.request(1);
            }
        });
    }

    private void takeChunk(StateChunk chunk, StateStores.StateReceiver into, StateMachine.Loader also)
            throws IOException {
        // The receiver checks the CRC: nothing unchecked reaches the state machine.
        into.accept(chunk);
        for (int row = 0; row < chunk.keys().size(); row++) {
            also.accept(chunk.table(), chunk.keys().get(row), chunk.values().get(row));
        }
        chunks++;
    }

    private void finish() {
        if (over || receiver == null || loader == null) {
            return;
        }
        TransferFrame.End last = end;
        if (last == null || last.chunks() != chunks) {
            fail("the stream ended after " + chunks + " chunks, too early");
            return;
        }
        if (!last.meta().applied().equals(wanted.zxid()) || last.meta().digest() != wanted.digest()) {
            fail("the state at " + last.meta().applied() + " came instead of that at " + wanted.zxid());
            return;
        }
        try {
            StateMachine state = loader.finish(last.meta());
            String file = receiver.finish(last.meta());
            over = true;
            cancelDeadline();
            Input.StateFetched fetched = new Input.StateFetched(
                    wanted.transfer(), file, wanted.zxid(), last.meta().chain(), wanted.digest());
            shared.mailbox.internal(new ReplicaInput.StateFetched(fetched, state));
        } catch (IOException | RuntimeException failure) {
            fail(PeerLink.reasonOf(failure));
        }
    }

    private void fail(String reason) {
        if (over) {
            return;
        }
        over = true;
        if (receiver != null) {
            receiver.abort();
        }
        cancelDeadline();
        link.onLoop(() -> {
            if (subscription != null) {
                subscription.cancel();
            }
        });
        shared.mailbox.internal(new ReplicaInput.Consensus(new Input.StateFetchFailed(wanted.transfer(), reason)));
    }

    private void cancelDeadline() {
        link.onLoop(() -> {
            if (deadline != null) {
                deadline.cancel(false);
            }
        });
    }

    /** A failure of the new file is this transfer's failure, not the peer's: such tasks throw nothing. */
    private void onStoreThread(Runnable task) {
        shared.storeThread.execute((inUse, files) -> task.run());
    }
}
