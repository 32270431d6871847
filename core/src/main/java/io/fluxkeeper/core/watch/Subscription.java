package io.fluxkeeper.core.watch;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.znode.Change;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One stream of one client: what it is about, how far it has come, and how much it has asked for. */
final class Subscription {
    final long id;
    final long connection;
    final Interest interest;
    final boolean withData;
    final boolean withStat;

    /** What it shows of the state is not older: the client has seen this much. */
    final Zxid notBefore;

    /**
     * Everything up to here was sent or was not for it; it lies ahead of this peer when the client has seen more. While
     * it is live it stays where it was when that began.
     */
    ChangePosition position;

    /** Items the subscriber still takes. */
    long demand;

    /** Whether the first item is out. */
    boolean started;

    /** Whether its connection has too many unsent bytes. */
    boolean congested;

    /**
     * Whether it gets matching changes as they happen. Otherwise it is a cursor: it reads on behind {@link #position},
     * at its own pace.
     */
    boolean live;

    /** Whether it has yet to say {@code Reset} and begin with the state. */
    boolean resetDue;

    /** Whether it shows the state: znodes in order, and changes of those shown. */
    boolean showing;

    /** The last znode shown; null for none yet. */
    @Nullable String shown;

    /** {@link #shown} in UTF-8. */
    private byte @Nullable [] shownBytes;

    /** Whether nothing more can be done for it before it asks for more; so it is at first. */
    boolean awaitsDemand = true;

    /** How often in a row it was found to take nothing while there was something for it. */
    int timesFoundStalled;

    /** While it waits for a block of the store, the block's key. */
    @Nullable String wantedBlock;

    /** The zxid of the last item sent; a bookmark must be above it. */
    Zxid lastSent;

    Subscription(
            long id,
            long connection,
            Interest interest,
            boolean withData,
            boolean withStat,
            Zxid notBefore,
            ChangePosition position) {
        this.id = id;
        this.connection = connection;
        this.interest = interest;
        this.withData = withData;
        this.withStat = withStat;
        this.notBefore = notBefore;
        this.position = position;
        this.lastSent = position.zxid();
    }

    boolean mayBeSent() {
        return demand > 0 && !congested;
    }

    /** Whether a cursor may read on; it also does so without demand, to find whether there is something for it. */
    boolean mayRead() {
        return !congested && !awaitsDemand;
    }

    /** Of a path that the index says is concerned. */
    boolean wants(Change change) {
        return interest.wants(change.type()) && position.precedes(change.zxid(), change.ordinal());
    }

    /** Of the change that the reader is at. While the state is shown, what is not shown yet is not missed. */
    boolean wants(BlockReader change) {
        int at = change.pathAt();
        int length = change.pathLength();
        return interest.covers(change.bytes(), at, length)
                && (showing
                        ? shownBytes != null && Interest.compare(change.bytes(), at, length, shownBytes) <= 0
                        : interest.wants(change.type()));
    }

    void shown(@Nullable String path) {
        shown = path;
        shownBytes = path == null ? null : path.getBytes(StandardCharsets.UTF_8);
    }
}
