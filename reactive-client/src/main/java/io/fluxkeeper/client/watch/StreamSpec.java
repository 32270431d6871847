package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.ObserveSpec;
import io.fluxkeeper.client.WatchSpec;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/** A watch or an observation, to be asked for again wherever it goes on. */
public sealed interface StreamSpec {
    Routes.Route<? extends ClientRequest, WatchItem> route();

    /** Where it begins; null for now, or with the state. */
    @Nullable ChangePosition from();

    /** Whether events of one path may stand for one another. */
    boolean conflated();

    /** The request that goes on at that place. @param shown the last znode shown of a state that is not exact yet */
    ClientRequest.StreamRequest request(
            @Nullable ChangePosition position,
            @Nullable ZnodePath shown,
            @Nullable SessionId session,
            @Nullable Zxid atLeast);

    /** Changes. */
    record Watched(WatchSpec spec) implements StreamSpec {
        @Override
        public Routes.Route<? extends ClientRequest, WatchItem> route() {
            return Routes.WATCH;
        }

        @Override
        public @Nullable ChangePosition from() {
            return spec.from();
        }

        @Override
        public boolean conflated() {
            return spec.conflated();
        }

        @Override
        public ClientRequest.StreamRequest request(
                @Nullable ChangePosition position,
                @Nullable ZnodePath shown,
                @Nullable SessionId session,
                @Nullable Zxid atLeast) {
            return new ClientRequest.Watch(
                    spec.path(),
                    spec.scope(),
                    spec.depth(),
                    spec.types(),
                    position,
                    shown,
                    spec.withData(),
                    spec.withStat(),
                    session,
                    atLeast);
        }
    }

    /** The state, then changes. */
    record Observed(ObserveSpec spec) implements StreamSpec {
        @Override
        public Routes.Route<? extends ClientRequest, WatchItem> route() {
            return Routes.OBSERVE;
        }

        @Override
        public @Nullable ChangePosition from() {
            return null;
        }

        @Override
        public boolean conflated() {
            return false;
        }

        @Override
        public ClientRequest.StreamRequest request(
                @Nullable ChangePosition position,
                @Nullable ZnodePath shown,
                @Nullable SessionId session,
                @Nullable Zxid atLeast) {
            return new ClientRequest.Observe(
                    spec.path(), spec.depth(), position, shown, spec.withData(), session, atLeast);
        }
    }
}
