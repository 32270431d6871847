package io.fluxkeeper.core.consensus;

import java.util.Optional;

/** The algorithms that can stand behind {@link AtomicBroadcast}. All peers of an ensemble use one, for good. */
public enum Algorithm {
    ZAB("zab"),
    MULTI_PAXOS("multi-paxos");

    private final String text;

    Algorithm(String text) {
        this.text = text;
    }

    /** Empty when there is none of that name. */
    public static Optional<Algorithm> of(String text) {
        for (Algorithm algorithm : values()) {
            if (algorithm.text.equals(text)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    /** Its name in the configuration, in a data directory and between peers. */
    @Override
    public String toString() {
        return text;
    }
}
