package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Effects;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Input;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broadcast whose deliveries, entry by entry or as a state, somebody looks at before the replica gets them. */
final class ObservedBroadcast implements AtomicBroadcast {
    private final AtomicBroadcast observed;
    private final Consumer<Entry> deliveries;
    private final Consumer<Zxid> installations;

    /** @param installations told of the last transaction in a state that takes the place of what was delivered */
    ObservedBroadcast(AtomicBroadcast observed, Consumer<Entry> deliveries, Consumer<Zxid> installations) {
        this.observed = observed;
        this.deliveries = deliveries;
        this.installations = installations;
    }

    @Override
    public void handle(Input input, Effects effects) {
        observed.handle(input, new Tap(effects));
    }

    @Override
    public @Nullable Zxid propose(byte[] payload, Effects effects) {
        return observed.propose(payload, new Tap(effects));
    }

    @Override
    public void requestReadIndex(long token, Effects effects) {
        observed.requestReadIndex(token, new Tap(effects));
    }

    @Override
    public boolean hasMoreToDo() {
        return observed.hasMoreToDo();
    }

    @Override
    public Availability availability() {
        return observed.availability();
    }

    @Override
    public boolean hasDiskRoom() {
        return observed.hasDiskRoom();
    }

    @Override
    public Effect.Status status() {
        return observed.status();
    }

    @Override
    public Zxid lastLogged() {
        return observed.lastLogged();
    }

    @Override
    public Zxid lastCommitted() {
        return observed.lastCommitted();
    }

    @Override
    public long quorumHeardTick() {
        return observed.quorumHeardTick();
    }

    private final class Tap implements Effects {
        private final Effects effects;

        Tap(Effects effects) {
            this.effects = effects;
        }

        @Override
        public void emit(Effect effect) {
            if (effect instanceof Effect.Deliver deliver) {
                deliveries.accept(deliver.entry());
            } else if (effect instanceof Effect.InstallState install) {
                installations.accept(install.zxid());
            }
            effects.emit(effect);
        }

        @Override
        public long openBatch() {
            return effects.openBatch();
        }
    }
}
