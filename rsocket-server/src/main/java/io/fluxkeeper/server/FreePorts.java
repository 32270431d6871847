package io.fluxkeeper.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Finds ports for peers that must know each other's before they start, and keep them over a restart. They are below
 * the range from which systems take ports for outgoing connections (32768 and up on Linux, 49152 and up elsewhere): a
 * port from that range could be taken by any connection while its peer is down.
 */
final class FreePorts {
    private static final int LOWEST = 15_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIES = 1_000;
    /** Given out in this process and not given back; guarded by itself. */
    private static final Set<Integer> IN_USE = new HashSet<>();

    private FreePorts() {}

    /** @throws IOException if there are none */
    static List<Integer> take(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        RandomGenerator random = RandomGenerator.getDefault();
        for (int tries = 0; ports.size() < count; tries++) {
            if (tries == TRIES) {
                giveBack(ports);
                throw new IOException("no free ports between " + LOWEST + " and " + HIGHEST);
            }
            int port = random.nextInt(LOWEST, HIGHEST);
            if (reserve(port)) {
                ports.add(port);
            }
        }
        return ports;
    }

    static void giveBack(List<Integer> ports) {
        synchronized (IN_USE) {
            ports.forEach(IN_USE::remove);
        }
    }

    private static boolean reserve(int port) {
        synchronized (IN_USE) {
            return isFree(port) && IN_USE.add(port);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
