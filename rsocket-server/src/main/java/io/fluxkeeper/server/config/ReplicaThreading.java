package io.fluxkeeper.server.config;

import java.util.Locale;

/** Which thread the replica runs on. */
public enum ReplicaThreading {
    /** Shared on two processors or fewer, else one of its own. */
    AUTO,
    /** One of its own: a long turn keeps no connection waiting. */
    OWN,
    /** That of an event loop: fewer switches of threads. */
    SHARED;

    static ReplicaThreading of(String text) {
        for (ReplicaThreading threading : values()) {
            if (text.equals(threading.name().toLowerCase(Locale.ROOT))) {
                return threading;
            }
        }
        throw new IllegalArgumentException("no threading");
    }
}
