package io.fluxkeeper.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Ports for peers that a test starts in processes of their own. */
public final class TestPorts {
    private TestPorts() {}

    /** Free now, and outside the range from which an outgoing connection could take one before its peer is up. */
    public static List<Integer> take(int count) {
        try {
            return FreePorts.take(count);
        } catch (IOException none) {
            throw new UncheckedIOException(none);
        }
    }

    public static void giveBack(List<Integer> ports) {
        FreePorts.giveBack(ports);
    }
}
