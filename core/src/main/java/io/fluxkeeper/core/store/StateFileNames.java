package io.fluxkeeper.core.store;

import io.fluxkeeper.core.Zxid;
import java.util.function.Predicate;

/** How state files are called: by the zxid they begin with, and a number where that name is taken. */
final class StateFileNames {
    static final String PREFIX = "state-";
    static final String SUFFIX = ".mv";
    /** A state that is still coming in; void after a restart. */
    static final String RECEIVING_PREFIX = "receiving-";

    private StateFileNames() {}

    static String free(Zxid zxid, Predicate<String> taken) {
        return free(PREFIX + String.format("%016x", zxid.value()), taken);
    }

    static String freeReceiving(Predicate<String> taken) {
        return free(RECEIVING_PREFIX + "0", taken);
    }

    static boolean isOurs(String name) {
        return (name.startsWith(PREFIX) || name.startsWith(RECEIVING_PREFIX)) && name.endsWith(SUFFIX);
    }

    private static String free(String stem, Predicate<String> taken) {
        String name = stem + SUFFIX;
        for (int again = 1; taken.test(name); again++) {
            name = stem + "-" + again + SUFFIX;
        }
        return name;
    }
}
