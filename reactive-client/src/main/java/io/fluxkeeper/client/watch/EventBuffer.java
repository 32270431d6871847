package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.core.protocol.ChangePosition;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What has come and was not given to the subscriber yet. On the client's loop only. */
sealed interface EventBuffer {
    /** @param before the place before it; null when that is not known */
    void add(TreeEvent event, @Nullable ChangePosition before);

    /** Null when there is none. */
    @Nullable TreeEvent poll();

    boolean isEmpty();

    void clear();

    /** How many items the peer may have on their way. @param demand of the subscriber, not yet fulfilled */
    int ask(Credit credit, long demand);

    /** Every event, in order. Bounded by {@link Credit}; a {@code Reset} comes with the item behind it. */
    final class Every implements EventBuffer {
        private final Queue<TreeEvent> events = new ArrayDeque<>(Credit.HIDDEN_ITEMS);

        @Override
        public void add(TreeEvent event, @Nullable ChangePosition before) {
            events.add(event);
        }

        @Override
        public @Nullable TreeEvent poll() {
            return events.poll();
        }

        @Override
        public boolean isEmpty() {
            return events.isEmpty();
        }

        @Override
        public void clear() {
            events.clear();
        }

        @Override
        public int ask(Credit credit, long demand) {
            return credit.take(demand, events.size());
        }
    }

    /**
     * The newest event of each path, those first that have waited longest. The position of one is before everything that
     * still waits, so that going on from there misses no path.
     */
    final class NewestOfPath implements EventBuffer {
        /** Paths that may wait; beyond, the service is not asked for more. */
        static final int PATHS_MAX = 10_000;

        private record Waiting(TreeEvent newest, @Nullable ChangePosition before) {}

        /** By path; events that have none, by their class. */
        private final Map<Object, Waiting> waiting = new LinkedHashMap<>();

        private @Nullable ChangePosition behindAll;

        /** Whether the subscriber has been told of a reset and not of its end: no change has a position meanwhile. */
        private boolean tellingState;

        @Override
        public void add(TreeEvent event, @Nullable ChangePosition before) {
            if (event instanceof TreeEvent.Reset) {
                waiting.clear(); // the state that follows says it better
            }
            behindAll = event.position();
            waiting.merge(
                    keyOf(event), new Waiting(event, before), (old, next) -> new Waiting(next.newest, old.before));
        }

        private static Object keyOf(TreeEvent event) {
            return event instanceof TreeEvent.OfZnode told ? told.path() : event.getClass();
        }

        @Override
        public @Nullable TreeEvent poll() {
            Iterator<Waiting> oldest = waiting.values().iterator();
            if (!oldest.hasNext()) {
                return null;
            }
            TreeEvent event = oldest.next().newest;
            oldest.remove();
            if (event instanceof TreeEvent.Reset || event instanceof TreeEvent.Exact) {
                tellingState = event instanceof TreeEvent.Reset;
            }
            ChangePosition position = tellingState ? null : oldest.hasNext() ? oldest.next().before : behindAll;
            return event instanceof TreeEvent.Changed changed
                    ? new TreeEvent.Changed(
                            changed.zxid(), position, changed.type(), changed.path(), changed.stat(), changed.data())
                    : event;
        }

        @Override
        public boolean isEmpty() {
            return waiting.isEmpty();
        }

        @Override
        public void clear() {
            waiting.clear();
        }

        @Override
        public int ask(Credit credit, long demand) {
            return waiting.size() < PATHS_MAX
                    ? credit.take(Credit.OUTSTANDING_MAX, 0)
                    : credit.take(0, Credit.HIDDEN_ITEMS);
        }
    }
}
