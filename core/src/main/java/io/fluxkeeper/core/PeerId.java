package io.fluxkeeper.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A server process of the ensemble; ZooKeeper's {@code myid}.
 *
 * @param value 1 to 255
 */
public record PeerId(@JsonValue int value) implements Comparable<PeerId> {
    public static final int MAX = 255;

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public PeerId {
        if (value < 1 || value > MAX) {
            throw new IllegalArgumentException("a peer id is 1.." + MAX + ", not " + value);
        }
    }

    @Override
    public int compareTo(PeerId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
