package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.server.loop.PeerMeters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the client API. Used by every event loop; a timer is looked up once for each (route, outcome) and kept in
 * an array, since a look-up by tags costs more than the rest of a request here.
 */
final class ClientMetrics {
    private static final int OUTCOMES = ErrorCode.values().length + 1; // a code, or none for an answer

    private final PeerMeters meters;
    private final AtomicReferenceArray<@Nullable Timer> requests =
            new AtomicReferenceArray<>((Routes.ALL.size() + 1) * OUTCOMES); // the last row: before the route is known
    private final Counter closedBeforeSetup;
    private final Counter rejectedSetups;
    private final Counter droppedFrames;
    private final Counter closedForUnsentBytes;
    private final Counter watchItems;

    ClientMetrics(PeerMeters meters, Admission admission, UnansweredBytes unanswered, RSocketClientPort port) {
        this.meters = meters;
        this.closedBeforeSetup =
                counter("closed.before.setup", "Connections closed for want of a SETUP in time or room");
        this.rejectedSetups = counter("rejected.setups", "Connections refused in words at their SETUP");
        this.droppedFrames =
                counter("dropped.frames", "Frames of kinds that get no answer: fire-and-forget, metadata-push");
        this.closedForUnsentBytes = counter("closed.unsent", "Connections closed for their unsent bytes");
        this.watchItems = counter("watch.items", "Items sent on watches");
        gauge("connections", admission::connections, "Connections that finished their SETUP");
        gauge("handshakes", admission::handshakes, "Connections that have not finished their SETUP");
        gauge("unanswered.bytes", unanswered::counted, "Bytes of requests that are not answered yet");
        gauge("subscriptions", port::subscriptions, "Watches");
    }

    /**
     * @param route the place of the route in {@link Routes#ALL}, or -1 when it is not known
     * @param refused null for an answer
     */
    void request(int route, @Nullable ErrorCode refused, long nanos) {
        int row = route < 0 ? Routes.ALL.size() : route;
        int place = row * OUTCOMES + (refused == null ? OUTCOMES - 1 : refused.ordinal());
        Timer timer = requests.get(place);
        if (timer == null) {
            timer = timer(
                    route < 0 ? "unknown" : Routes.ALL.get(route).name(), refused == null ? "OK" : refused.name());
            requests.set(place, timer); // twice does no harm: the registry gives the same one
        }
        timer.record(nanos, TimeUnit.NANOSECONDS);
    }

    void closedBeforeSetup() {
        closedBeforeSetup.increment();
    }

    void rejectedSetup() {
        rejectedSetups.increment();
    }

    void droppedFrame() {
        droppedFrames.increment();
    }

    void closedForUnsentBytes() {
        closedForUnsentBytes.increment();
    }

    void watchItems(int count) {
        watchItems.increment(count);
    }

    private Timer timer(String route, String outcome) {
        return meters.requestTimer(
                "fluxkeeper.client.requests",
                "Requests from their arrival to their answer; a watch until it is refused or ends",
                "route",
                route,
                "outcome",
                outcome);
    }

    private Counter counter(String name, String description) {
        return meters.counter("fluxkeeper.client." + name, description);
    }

    private void gauge(String name, Supplier<Number> value, String description) {
        meters.gauge("fluxkeeper.client." + name, description, value);
    }
}
