package io.fluxkeeper.core.simulation;

/** A checker found that a promise was broken. */
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    Violation(String checker, String sentence, Object... values) {
        super(checker + ": " + String.format(sentence, values));
    }
}
