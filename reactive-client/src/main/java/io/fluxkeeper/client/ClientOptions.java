package io.fluxkeeper.client;

import io.fluxkeeper.client.connection.Address;
import java.time.Duration;
import java.util.List;

/**
 * How a client behaves; see {@link FluxkeeperClientBuilder} for each one's meaning. A valid one by construction.
 *
 * @param session whether the client has a session
 * @param requestTimeout zero for no bound
 */
public record ClientOptions(
        List<Address> addresses,
        boolean session,
        Duration sessionTimeout,
        Duration connectTimeout,
        Duration requestTimeout,
        Duration retryDelayMin,
        Duration retryDelayMax,
        Duration keepAlive,
        Duration keepAliveTimeout,
        int pendingWritesMax,
        int pendingReadsMax) {
    /** A year: far from what nanoseconds can count. */
    private static final Duration DURATION_MAX = Duration.ofDays(365);

    public ClientOptions {
        addresses = List.copyOf(addresses);
        require(!addresses.isEmpty(), "addresses: at least one is needed");
        require(addresses.stream().distinct().count() == addresses.size(), "addresses: one is there twice");
        positive("sessionTimeout", sessionTimeout);
        require(
                sessionTimeout.toMillis() >= 1 && sessionTimeout.toMillis() <= Integer.MAX_VALUE,
                "sessionTimeout is 1 ms to 24 days, not " + sessionTimeout);
        positive("connectTimeout", connectTimeout);
        require(
                !requestTimeout.isNegative() && requestTimeout.compareTo(DURATION_MAX) <= 0,
                "requestTimeout is zero (no bound) to 365 days, not " + requestTimeout);
        positive("retryDelayMin", retryDelayMin);
        positive("retryDelayMax", retryDelayMax);
        require(
                retryDelayMax.compareTo(retryDelayMin) >= 0,
                "retryDelayMax (" + retryDelayMax + ") is at least retryDelayMin (" + retryDelayMin + ")");
        positive("keepAlive", keepAlive);
        positive("keepAliveTimeout", keepAliveTimeout);
        require(
                keepAliveTimeout.compareTo(keepAlive) > 0,
                "keepAliveTimeout (" + keepAliveTimeout + ") exceeds keepAlive (" + keepAlive + ")");
        require(pendingWritesMax >= 1, "pendingWritesMax is 1 or more, not " + pendingWritesMax);
        require(pendingReadsMax >= 1, "pendingReadsMax is 1 or more, not " + pendingReadsMax);
    }

    private static void positive(String name, Duration value) {
        require(
                !value.isNegative() && !value.isZero() && value.compareTo(DURATION_MAX) <= 0,
                name + " is longer than zero, and 365 days at most, not " + value);
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
