package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.DurableRecord.MembershipMark;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a peer of any algorithm keeps from one role to the next: its ensemble and its membership of it, whom it can speak
 * to, and the way its effects leave.
 */
public abstract class LinkedPeer implements Founding.Port {
    /** Between steps there is nowhere for an effect to go. */
    protected static final Effects NO_EFFECTS = new NoEffects();

    public final Ensemble ensemble;
    public final Founding founding;
    /** What there is on this peer's disk, as far as its host has told. */
    private DiskRoom room = DiskRoom.PLENTY;

    private final TreeMap<PeerId, Long> links = new TreeMap<>();
    private Effects effects = NO_EFFECTS;

    protected LinkedPeer(Ensemble ensemble, Founding founding) {
        this.ensemble = ensemble;
        this.founding = founding;
    }

    /** Writes the mark into the journal. */
    protected abstract void write(MembershipMark mark);

    /** From now on effects go there. */
    protected final void emitTo(Effects stepEffects) {
        effects = stepEffects;
    }

    public final void room(DiskRoom now) {
        room = now;
    }

    /** Whether this peer's disk is below its floor of free space. */
    public final boolean isDiskLow() {
        return room != DiskRoom.PLENTY;
    }

    /** Why this peer can take nothing from a leader now; null when it can. */
    public final @Nullable String refusalForWantOfRoom() {
        return room == DiskRoom.NONE ? "the disk of this peer has no room for what the leader sends" : null;
    }

    public final PeerId self() {
        return ensemble.self();
    }

    public final void emit(Effect effect) {
        effects.emit(effect);
    }

    /** 0 when there is none. */
    public final long linkTo(PeerId peer) {
        return links.getOrDefault(peer, 0L);
    }

    /** Whoever can be spoken to, in id order. */
    public final Set<PeerId> linked() {
        return links.keySet();
    }

    /** The first word on a link is the introduction. */
    public final void linkUp(PeerId peer, long link) {
        links.put(peer, link);
        introduceTo(peer);
    }

    public final void linkDown(PeerId peer) {
        links.remove(peer);
    }

    /** Nothing when there is no link. */
    protected final void send(PeerId to, PeerMessage message, Effect.When when) {
        long link = linkTo(to);
        if (link != 0) {
            emit(new Effect.Send(to, link, message, when));
        }
    }

    private void introduceTo(PeerId peer) {
        send(peer, founding.introduction(), Effect.When.DURABLE);
    }

    /** The link is made anew, and whatever went wrong begins from the start. */
    public final void disconnect(PeerId peer, String reason) {
        long link = linkTo(peer);
        if (link != 0) {
            emit(new Effect.Disconnect(peer, link, reason));
        }
    }

    @Override
    public final void mark(MembershipMark mark) {
        write(mark);
        linked().forEach(this::introduceTo);
    }

    @Override
    public final void refuse(PeerId peer, String reason) {
        disconnect(peer, reason);
    }

    private static final class NoEffects implements Effects {
        @Override
        public void emit(Effect effect) {
            throw new IllegalStateException("an effect outside of a step: " + effect);
        }

        @Override
        public long openBatch() {
            throw new IllegalStateException("no batch is open outside of a step");
        }
    }
}
