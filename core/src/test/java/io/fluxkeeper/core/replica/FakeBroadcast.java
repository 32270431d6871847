package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.DiskRoom;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.Role;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Delivers what is proposed at the end of the drain, unless told to hold it; its standing is what a test says. */
final class FakeBroadcast implements AtomicBroadcast {
    static final PeerId SELF = new PeerId(1);
    static final PeerId OTHER = new PeerId(2);
    static final long LINK = 7;
    static final Effect.Status LOOKING = new Effect.Status(Role.LOOKING, Membership.FOUNDED, 1, null, 0, false, null);
    static final Effect.Status LEADING = new Effect.Status(Role.LEADING, Membership.FOUNDED, 1, SELF, 0, true, null);
    static final Effect.Status FOLLOWING =
            new Effect.Status(Role.FOLLOWING, Membership.FOUNDED, 1, OTHER, LINK, true, null);

    Availability availability = Availability.READY;
    private boolean diskRoom = true;
    /** While set, nothing that is proposed is committed. */
    boolean held;

    private final Deque<Entry> proposed = new ArrayDeque<>();
    private Effect.Status status = LOOKING;
    private boolean changed;
    private Zxid last = Zxid.ZERO;
    private long chain;
    private Zxid delivered = Zxid.ZERO;

    /** Told at the end of the next drain. */
    void stand(Effect.Status next) {
        status = next;
        changed = true;
    }

    @Override
    public void handle(Input input, Effects effects) {
        if (input instanceof Input.HandOver) {
            effects.emit(new Effect.HandOverDone());
        } else if (input instanceof Input.StateFetched fetched) {
            effects.emit(new Effect.InstallState(fetched.transfer(), fetched.file(), fetched.zxid(), fetched.digest()));
        } else if (input instanceof Input.DiskSpace disk) {
            diskRoom = disk.room() == DiskRoom.PLENTY;
        } else if (input instanceof Input.EndOfDrain) {
            if (changed) {
                changed = false;
                effects.emit(new Effect.StatusChanged(status));
            }
            while (!held && !proposed.isEmpty()) {
                Entry entry = proposed.remove();
                delivered = entry.zxid();
                effects.emit(new Effect.Deliver(entry));
            }
        }
    }

    @Override
    public boolean hasMoreToDo() {
        return false;
    }

    @Override
    public Availability availability() {
        return status.role() == Role.LEADING ? availability : Availability.NOT_LEADING;
    }

    @Override
    public boolean hasDiskRoom() {
        return diskRoom;
    }

    @Override
    public @Nullable Zxid propose(byte[] payload, Effects effects) {
        if (availability() != Availability.READY) {
            return null;
        }
        Zxid zxid = last.equals(Zxid.ZERO) ? Zxid.of(1, 1) : last.next();
        Entry entry = Entry.after(last, chain, zxid, payload);
        last = zxid;
        chain = entry.chain();
        proposed.add(entry);
        return zxid;
    }

    @Override
    public void requestReadIndex(long token, Effects effects) {
        effects.emit(new Effect.ReadIndexLost(token));
    }

    @Override
    public Effect.Status status() {
        return status;
    }

    @Override
    public Zxid lastLogged() {
        return last;
    }

    @Override
    public Zxid lastCommitted() {
        return delivered;
    }

    @Override
    public long quorumHeardTick() {
        return -1;
    }
}
