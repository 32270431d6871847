package io.fluxkeeper.core;

/** Says in words what an argument must be. */
public final class Require {
    private Require() {}

    /** @throws IllegalArgumentException with the formatted sentence, when {@code holds} is false */
    public static void that(boolean holds, String sentence, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(sentence, values));
        }
    }
}
