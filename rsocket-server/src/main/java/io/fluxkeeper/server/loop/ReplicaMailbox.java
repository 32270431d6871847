package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The replica's mailbox: many threads put in, the replica's thread drains. Each round of a drain gives every lane its
 * quota, so that none starves another.
 *
 * <p>A drain that handles a tick ends no sooner than everything that was waiting with the tick has been handled, so
 * that the end-of-drain step may trust that a session which has let its deadline pass was really silent (architecture,
 * decision 12). Bounds of the lanes bound that drain too.
 */
public final class ReplicaMailbox implements Mailbox {
    private static final ReplicaInput TICK = new ReplicaInput.Consensus(new Input.Tick());

    private final MailboxBounds bounds;
    private final Runnable wakeUp;
    private final QueueLane internal = new QueueLane(Integer.MAX_VALUE);
    private final QueueLane live;
    private final LogLane log = new LogLane();
    private final QueueLane clients;
    private final Lane[] lanes;
    /** Set by the timer, cleared by the drain: the missed ticks of a paused replica count as one. */
    private final AtomicBoolean tickWaits = new AtomicBoolean();

    /** @param wakeUp called, from any thread, after something was put in; cheap, never blocks */
    public ReplicaMailbox(MailboxBounds bounds, Runnable wakeUp) {
        this.bounds = bounds;
        this.wakeUp = wakeUp;
        live = new QueueLane(bounds.liveInputsMax());
        clients = new QueueLane(bounds.clientInputsMax());
        lanes = new Lane[] {internal, live, log, clients};
    }

    /** One unit of time has passed. */
    public void tick() {
        if (tickWaits.compareAndSet(false, true)) {
            wakeUp.run();
        }
    }

    @Override
    public void internal(ReplicaInput input) {
        internal.offer(input);
        wakeUp.run();
    }

    @Override
    public boolean live(ReplicaInput input) {
        return offer(live, input);
    }

    @Override
    public void log(Iterable<? extends ReplicaInput> inputs, Runnable handled) {
        log.put(new LogFrame(inputs.iterator(), handled));
        wakeUp.run();
    }

    @Override
    public boolean client(ReplicaInput input) {
        return offer(clients, input);
    }

    private boolean offer(QueueLane lane, ReplicaInput input) {
        boolean taken = lane.offer(input);
        if (taken) {
            wakeUp.run();
        }
        return taken;
    }

    /** On the replica's thread. @return how many inputs the handler got */
    int drain(Consumer<ReplicaInput> handler) {
        int handled = 0;
        boolean moved;
        do {
            if (tickWaits.compareAndSet(true, false)) {
                for (Lane lane : lanes) {
                    lane.owed = lane.size();
                }
                handler.accept(TICK);
                handled++;
            }
            moved = false;
            for (Lane lane : lanes) {
                int count = lane.serve(bounds.laneQuota(), handler);
                moved |= count > 0;
                handled += count;
            }
        } while (moved && (handled < bounds.drainInputsMax() || owes()));
        return handled;
    }

    /**
     * On the replica's thread, behind a drain's effects: tells the links whose frames the drain has handled. They ask
     * for more on their event loops, which the effects have woken anyway; a wake-up each would be a system call each.
     */
    void releaseFrames() {
        log.handled.forEach(Runnable::run);
        log.handled.clear();
    }

    private boolean owes() {
        for (Lane lane : lanes) {
            if (lane.owed > 0) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        if (tickWaits.get()) {
            return false;
        }
        for (Lane lane : lanes) {
            if (lane.size() > 0) {
                return false;
            }
        }
        return true;
    }

    /** Inputs that wait, for metrics; the log lane counts frames. */
    public int waiting(LaneName lane) {
        return lanes[lane.ordinal()].size();
    }

    /** How often the lane was full and refused. */
    public long refused(LaneName lane) {
        return lanes[lane.ordinal()].refused.get();
    }

    /** The lanes, in the order they are served. */
    public enum LaneName {
        INTERNAL,
        LIVE,
        LOG,
        CLIENTS
    }

    /** One lane. Its size is counted beside the queue: ConcurrentLinkedQueue counts by walking. */
    private abstract static class Lane {
        final AtomicInteger size = new AtomicInteger();
        final AtomicLong refused = new AtomicLong();
        /** Inputs still to be handled before this drain may end. Used by the replica's thread alone. */
        int owed;

        int size() {
            return size.get();
        }

        void tookOne() {
            size.decrementAndGet();
            if (owed > 0) {
                owed--;
            }
        }

        /** Hands up to {@code quota} inputs to the handler. @return how many */
        abstract int serve(int quota, Consumer<ReplicaInput> handler);
    }

    private static final class QueueLane extends Lane {
        private final ConcurrentLinkedQueue<ReplicaInput> queue = new ConcurrentLinkedQueue<>();
        private final int max;

        QueueLane(int max) {
            this.max = max;
        }

        boolean offer(ReplicaInput input) {
            if (size.incrementAndGet() > max) {
                size.decrementAndGet();
                refused.incrementAndGet();
                return false;
            }
            queue.add(input);
            return true;
        }

        @Override
        int serve(int quota, Consumer<ReplicaInput> handler) {
            int count = 0;
            while (count < quota) {
                ReplicaInput input = queue.poll();
                if (input == null) {
                    break; // a producer that has counted itself and not yet put in will wake us
                }
                tookOne();
                handler.accept(input);
                count++;
            }
            return count;
        }
    }

    private record LogFrame(Iterator<? extends ReplicaInput> inputs, Runnable handled) {}

    /** Frames of several inputs; a large one is served over several rounds. */
    private static final class LogLane extends Lane {
        private final ConcurrentLinkedQueue<LogFrame> queue = new ConcurrentLinkedQueue<>();
        /** The frame being served; null between frames. Used by the replica's thread alone. */
        private @Nullable LogFrame current;
        /** Of the frames that this drain has handled: as many at most as the links had asked for. */
        private final List<Runnable> handled = new ArrayList<>();

        void put(LogFrame frame) {
            size.incrementAndGet();
            queue.add(frame);
        }

        @Override
        int serve(int quota, Consumer<ReplicaInput> handler) {
            int count = 0;
            while (count < quota) {
                LogFrame frame = current == null ? queue.poll() : current;
                if (frame == null) {
                    break;
                }
                current = frame;
                while (count < quota && frame.inputs().hasNext()) {
                    handler.accept(frame.inputs().next());
                    count++;
                }
                if (frame.inputs().hasNext()) {
                    break;
                }
                current = null;
                tookOne();
                handled.add(frame.handled());
            }
            return count;
        }
    }
}
