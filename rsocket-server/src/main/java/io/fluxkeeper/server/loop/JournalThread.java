package io.fluxkeeper.server.loop;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.journal.Journal;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes batches durable, all that wait with one fsync, and says so once for all of them: group commit needs no timer,
 * since batches gather while the disk is busy. Any failure of the journal ends this thread, and with it the peer.
 *
 * <p>Its queue has no bound of its own: a leader proposes no more while so many bytes are not delivered, and delivered
 * is only what is durable here; a follower is sent a window beyond what it has acknowledged as durable, and before that
 * a synchronisation of bounded size. So neither the clients' requests nor a slow disk can fill it further.
 */
public final class JournalThread implements PlainThread.Work {
    private static final Logger LOG = LoggerFactory.getLogger(JournalThread.class);

    private final Journal journal;
    private final Mailbox mailbox;
    private final Settings settings;
    private final Timer fsyncs;
    private final DistributionSummary batchesAnFsync;
    private final PlainThread thread;

    /** Put by the replica's thread, taken by this one. */
    private final ConcurrentLinkedQueue<JournalBatch> queue = new ConcurrentLinkedQueue<>();

    private final AtomicInteger waiting = new AtomicInteger();
    /** Where to trim next; a newer wish replaces an older one. Put by the replica's thread, taken by this one. */
    private final AtomicReference<@Nullable Zxid> trim = new AtomicReference<>();
    /** The last transaction known committed. Written by the replica's thread. */
    private volatile Zxid committed;
    /** The ensemble's id, once this peer has made it durable; 0 before. Written by this thread, read by anyone. */
    private volatile long ensembleId;
    /** Written by this thread, read for metrics; -1 before the first look. */
    private volatile long freeBytes = -1;
    /** Whether what waits when it stops is to be thrown away, as by a crash. Written by whoever kills the peer. */
    private volatile boolean killed;

    /** Where the state was found wrong; null for nowhere. Written by the replica's thread. */
    private volatile @Nullable Zxid divergedAt;

    private boolean failed;
    private DiskRoom room = DiskRoom.PLENTY;
    private boolean idleDue = true;
    private long idleAtNanos;
    private long spaceCheckAtNanos = System.nanoTime();

    /**
     * @param committed the last transaction known committed when the peer started
     * @param ensembleId what the journal knew then; 0 for none
     */
    public JournalThread(
            Journal journal,
            Mailbox mailbox,
            Zxid committed,
            long ensembleId,
            Settings settings,
            PeerMeters meters,
            PeerFailure failure) {
        this.journal = journal;
        this.mailbox = mailbox;
        this.committed = committed;
        this.ensembleId = ensembleId;
        this.settings = settings;
        this.fsyncs = meters.timer("fluxkeeper.journal.append", "Write and fsync of the batches that waited");
        this.batchesAnFsync = meters.summary("fluxkeeper.journal.batches", "Batches made durable by one fsync");
        meters.gauge("fluxkeeper.journal.waiting", "Batches waiting for the journal thread", waiting::get);
        meters.gauge("fluxkeeper.disk.free.bytes", "Free space where the journal lives", () -> freeBytes);
        thread = new PlainThread("fluxkeeper-journal", this, failure);
    }

    public void start() {
        thread.start();
    }

    public void append(JournalBatch batch) {
        waiting.incrementAndGet();
        queue.add(batch);
        thread.wake();
    }

    /** Segments that hold nothing after {@code zxid} may go. */
    public void trim(Zxid zxid) {
        trim.set(zxid);
        thread.wake();
    }

    /** Everything up to {@code zxid} is committed; written down when the journal is idle, so nobody is woken for it. */
    public void committed(Zxid zxid) {
        committed = zxid;
    }

    /**
     * The state at {@code zxid} is not the one that a quorum has: notes that durably, and then fails with
     * {@link StateDivergedException}, which ends the peer.
     */
    public void distrustState(Zxid zxid) {
        divergedAt = zxid;
        thread.wake();
    }

    /** Appends what waits, writes the committed position and closes the journal. */
    public CompletableFuture<Void> stop() {
        thread.stop();
        return thread.ended();
    }

    /** Closes the journal; what waits is lost, as it would be in a crash. */
    public CompletableFuture<Void> kill() {
        killed = true;
        return stop();
    }

    @Override
    public long turn() throws IOException {
        if (killed) {
            return PlainThread.UNTIL_WOKEN;
        }
        try {
            return appendOrIdle();
        } catch (IOException | RuntimeException | Error broken) {
            failed = true; // after this the journal must not be written again
            throw broken;
        }
    }

    private long appendOrIdle() throws IOException {
        Zxid wrongAt = divergedAt;
        if (wrongAt != null) {
            journal.distrustState();
            throw new StateDivergedException(wrongAt);
        }
        List<JournalBatch> batches = takeAll();
        if (!batches.isEmpty()) {
            append(batches);
        }
        Zxid trimTo = trim.getAndSet(null);
        if (trimTo != null) {
            journal.trim(trimTo);
        }
        long now = System.nanoTime();
        if (now - spaceCheckAtNanos >= 0) {
            spaceCheckAtNanos = now + settings.spaceCheckInterval().toNanos();
            checkSpace();
        }
        if (idleDue && queue.isEmpty() && now - idleAtNanos >= 0) {
            journal.idle(committed);
            idleDue = false;
        }
        return restNanos(now);
    }

    private List<JournalBatch> takeAll() {
        List<JournalBatch> batches = new ArrayList<>();
        for (JournalBatch batch = queue.poll(); batch != null; batch = queue.poll()) {
            batches.add(batch);
        }
        waiting.addAndGet(-batches.size());
        return batches;
    }

    private void append(List<JournalBatch> batches) throws IOException {
        long start = System.nanoTime();
        journal.append(batches);
        long end = System.nanoTime();
        long last = batches.get(batches.size() - 1).number();
        mailbox.internal(new ReplicaInput.Consensus(new Input.Persisted(last)));
        noteMembership(batches);
        fsyncs.record(Duration.ofNanos(end - start));
        batchesAnFsync.record(batches.size());
        idleDue = true;
        idleAtNanos = end + settings.idleAfter().toNanos();
    }

    private void noteMembership(List<JournalBatch> batches) {
        for (JournalBatch batch : batches) {
            for (DurableRecord record : batch.records()) {
                if (record instanceof DurableRecord.MembershipMark mark) {
                    ensembleId = mark.ensembleId();
                }
            }
        }
    }

    /** The ensemble's id as far as this peer knows it, durably; 0 before. */
    public long ensembleId() {
        return ensembleId;
    }

    private void checkSpace() throws IOException {
        long free = journal.freeBytes();
        freeBytes = free;
        DiskRoom now = roomIn(free);
        if (now == room) {
            return;
        }
        room = now;
        mailbox.internal(new ReplicaInput.DiskSpace(now));
        long floor = settings.freeBytesMin();
        switch (now) {
            case PLENTY -> LOG.info("{} bytes are free where the data lies: this peer takes writes again", free);
            case LOW ->
                LOG.warn(
                        "{} bytes are free where the data lies, less than journal.freeBytesMin ({}): this peer takes no"
                                + " writes until there is a quarter more than that",
                        free,
                        floor);
            case NONE ->
                LOG.warn(
                        "{} bytes are free where the data lies, less than half of journal.freeBytesMin ({}): this peer does"
                                + " not follow a leader that has anything to write, until there is room",
                        free,
                        floor);
        }
    }

    /** A peer at a bound must not flap: it has more room again only a quarter above the bound. */
    private DiskRoom roomIn(long free) {
        long floor = settings.freeBytesMin();
        long half = floor / 2;
        if (free < (room == DiskRoom.NONE ? half + half / 4 : half)) {
            return DiskRoom.NONE;
        }
        return free < (room == DiskRoom.PLENTY ? floor : floor + floor / 4) ? DiskRoom.LOW : DiskRoom.PLENTY;
    }

    private long restNanos(long now) {
        long untilSpaceCheck = spaceCheckAtNanos - now;
        long rest = idleDue ? Math.min(idleAtNanos - now, untilSpaceCheck) : untilSpaceCheck;
        return Math.max(1, rest);
    }

    @Override
    public void end() throws IOException {
        if (!failed && !killed) {
            journal.idle(committed);
        }
        journal.close();
    }

    /**
     * @param idleAfter quiet time after which the committed position is written down
     * @param spaceCheckInterval how often free space is looked at
     * @param freeBytesMin the floor of free space: below it writes are refused, and below half of
     *     it nothing is taken from a leader either; 0 for no floor
     */
    public record Settings(Duration idleAfter, Duration spaceCheckInterval, long freeBytesMin) {
        public static final Settings DEFAULT = new Settings(Duration.ofMillis(100), Duration.ofSeconds(1), 256L << 20);
    }
}
