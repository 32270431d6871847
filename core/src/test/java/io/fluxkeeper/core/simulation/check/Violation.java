package io.fluxkeeper.core.simulation.check;

/** A checker found that a promise was broken. */
public final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final String checker;

    public Violation(String checker, String sentence, Object... values) {
        super(checker + ": " + String.format(sentence, values));
        this.checker = checker;
    }

    /** Which promise. */
    public String checker() {
        return checker;
    }
}
