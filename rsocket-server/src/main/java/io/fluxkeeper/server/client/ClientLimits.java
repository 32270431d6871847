package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ApiCodec;
import java.time.Duration;

/**
 * Bounds of what clients may take; {@code docs/limits.md} says what happens at each. Whoever changes a default here
 * changes it there: a test compares them.
 *
 * @param requestBytesMax bytes of one request, metadata and data; the default is 1 MiB of data as base64, and room
 * @param connectionsMax connections in all; 0 for no limit
 * @param connectionsPerAddressMax connections from one IP address; 0 for no limit
 * @param handshakesMax connections that have not finished their SETUP
 * @param setupTimeout from accepting a connection to its complete SETUP
 * @param requestsMax requests of one connection that are not answered yet, given up or not
 * @param unansweredBytesMax bytes of the larger of such requests, of all connections; the default is a share of the heap
 * @param subscriptionsMax watches of one connection
 * @param keepAliveIntervalMin shortest interval a SETUP may ask for
 * @param keepAliveIntervalMax longest interval a SETUP may ask for
 * @param keepAliveLifetimeMax longest lifetime a SETUP may ask for
 * @param streamBytesHigh unsent bytes of a connection above which its streams rest
 * @param unsentBytesHigh unsent bytes of a connection above which its requests are refused
 * @param unsentBytesMax unsent bytes of a connection above which it is closed
 */
public record ClientLimits(
        int requestBytesMax,
        int connectionsMax,
        int connectionsPerAddressMax,
        int handshakesMax,
        Duration setupTimeout,
        int requestsMax,
        long unansweredBytesMax,
        int subscriptionsMax,
        Duration keepAliveIntervalMin,
        Duration keepAliveIntervalMax,
        Duration keepAliveLifetimeMax,
        int streamBytesHigh,
        int unsentBytesHigh,
        int unsentBytesMax) {
    /** Of the heap, for {@code unansweredBytesMax}: a write is there several times on its way to journal, store and peers. */
    private static final int HEAP_SHARE = 32;

    public static final ClientLimits DEFAULT = new ClientLimits(
            1_572_864,
            10_000,
            1_000,
            1_000,
            Duration.ofSeconds(5),
            2_048,
            Math.max(4 << 20, Runtime.getRuntime().maxMemory() / HEAP_SHARE),
            1_000,
            Duration.ofMillis(500),
            Duration.ofSeconds(60),
            Duration.ofSeconds(120),
            256 << 10,
            4 << 20,
            64 << 20);

    public ClientLimits withRequestBytesMax(int bytes) {
        return new ClientLimits(
                bytes,
                connectionsMax,
                connectionsPerAddressMax,
                handshakesMax,
                setupTimeout,
                requestsMax,
                unansweredBytesMax,
                subscriptionsMax,
                keepAliveIntervalMin,
                keepAliveIntervalMax,
                keepAliveLifetimeMax,
                streamBytesHigh,
                unsentBytesHigh,
                unsentBytesMax);
    }

    public ClientLimits {
        within("requestBytesMax", requestBytesMax, 1_024, ApiCodec.MESSAGE_BYTES_MAX);
        within("connectionsMax", connectionsMax, 0, Integer.MAX_VALUE);
        within("connectionsPerAddressMax", connectionsPerAddressMax, 0, Integer.MAX_VALUE);
        within("handshakesMax", handshakesMax, 1, Integer.MAX_VALUE);
        within("requestsMax", requestsMax, 1, Integer.MAX_VALUE);
        within("unansweredBytesMax", unansweredBytesMax, 1, Long.MAX_VALUE);
        within("subscriptionsMax", subscriptionsMax, 1, Integer.MAX_VALUE);
        within("streamBytesHigh", streamBytesHigh, 1, Integer.MAX_VALUE);
        within("unsentBytesHigh", unsentBytesHigh, 1, Integer.MAX_VALUE);
        within("unsentBytesMax", unsentBytesMax, unsentBytesHigh, Integer.MAX_VALUE);
        positive("setupTimeout", setupTimeout);
        positive("keepAliveIntervalMin", keepAliveIntervalMin);
        if (keepAliveIntervalMax.compareTo(keepAliveIntervalMin) < 0) {
            throw new IllegalArgumentException("keepAliveIntervalMax (" + keepAliveIntervalMax
                    + ") is not below keepAliveIntervalMin (" + keepAliveIntervalMin + ")");
        }
        if (keepAliveLifetimeMax.compareTo(keepAliveIntervalMin) < 0) {
            throw new IllegalArgumentException("keepAliveLifetimeMax (" + keepAliveLifetimeMax
                    + ") is not below keepAliveIntervalMin (" + keepAliveIntervalMin + ")");
        }
    }

    /** Bytes of so many requests that are not answered yet, at most: with the small ones, which are not counted. */
    public long unansweredBytesMaxOf(int requests) {
        long one = Math.max(unansweredBytesMax, requestBytesMax); // one is let in, whatever its size
        return one + (long) requests * UnansweredBytes.UNCOUNTED_BYTES_MAX;
    }

    private static void within(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + min + ".." + max + ", not " + value);
        }
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " is above 0, not " + value);
        }
    }
}
