package io.fluxkeeper.core;

/** Says in words what must be true, in production too: a peer that broke a rule stops and restarts from its log. */
public final class Invariant {
    private Invariant() {}

    /**
     * Throws when {@code holds} is false.
     *
     * @throws Broken with the formatted sentence
     */
    public static void check(boolean holds, String sentence, Object... values) {
        if (!holds) {
            throw new Broken(String.format(sentence, values));
        }
    }

    /** A rule of the protocol does not hold here; the peer must not go on with the state it has in memory. */
    public static final class Broken extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        public Broken(String sentence) {
            super(sentence);
        }
    }
}
