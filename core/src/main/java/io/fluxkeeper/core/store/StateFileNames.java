package io.fluxkeeper.core.store;

import io.fluxkeeper.core.Zxid;
import java.util.function.Predicate;

/** How state files are called: by the zxid they begin with, and a number where that name is taken. */
final class StateFileNames {
    static final String PREFIX = "state-";
    static final String SUFFIX = ".mv";
    /** A state that is still coming in; void after a restart. */
    static final String RECEIVING_PREFIX = "receiving-";

    /** What an operator's {@code --accept-loss} passed over; for the operator to look at and to delete. */
    static final String KEPT_PREFIX = "kept-";

    private StateFileNames() {}

    static String free(Zxid zxid, Predicate<String> taken) {
        return free(PREFIX + String.format("%016x", zxid.value()), taken);
    }

    static String freeReceiving(Predicate<String> taken) {
        return free(RECEIVING_PREFIX + "0", taken);
    }

    static String freeKept(String name, Predicate<String> taken) {
        return free(KEPT_PREFIX + name.substring(0, name.length() - SUFFIX.length()), taken);
    }

    static boolean isState(String name) {
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    static boolean isOurs(String name) {
        return isState(name) || name.startsWith(RECEIVING_PREFIX) && name.endsWith(SUFFIX);
    }

    private static String free(String stem, Predicate<String> taken) {
        String name = stem + SUFFIX;
        for (int again = 1; taken.test(name); again++) {
            name = stem + "-" + again + SUFFIX;
        }
        return name;
    }
}
