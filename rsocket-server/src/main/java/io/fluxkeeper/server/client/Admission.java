package io.fluxkeeper.server.client;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts connections, in all and by address. Every event loop asks it, when a connection begins and when it ends. */
final class Admission {
    private final ClientLimits limits;
    private final AtomicInteger handshakes = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    Admission(ClientLimits limits) {
        this.limits = limits;
    }

    /** @return false when too many have not finished their SETUP; then nothing was counted */
    boolean beginHandshake() {
        if (handshakes.incrementAndGet() > limits.handshakesMax()) {
            handshakes.decrementAndGet();
            return false;
        }
        return true;
    }

    void endHandshake() {
        handshakes.decrementAndGet();
    }

    /** @return why not, in words, and then nothing was counted; null for welcome */
    @Nullable String enter(InetAddress address) {
        int max = limits.connectionsMax();
        if (connections.incrementAndGet() > max && max > 0) {
            connections.decrementAndGet();
            return "this peer has its " + max + " connections; try another peer";
        }
        int perAddressMax = limits.connectionsPerAddressMax();
        if (byAddress.merge(address, 1, Integer::sum) > perAddressMax && perAddressMax > 0) {
            leave(address);
            return "this address has its " + perAddressMax + " connections to this peer";
        }
        return null;
    }

    void leave(InetAddress address) {
        connections.decrementAndGet();
        byAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
    }

    int connections() {
        return connections.get();
    }

    int handshakes() {
        return handshakes.get();
    }
}
