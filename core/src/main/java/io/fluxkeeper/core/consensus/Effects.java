package io.fluxkeeper.core.consensus;

/** Where a step puts its effects, in order. */
public interface Effects {
    void emit(Effect effect);

    /** The number of the journal batch that the next {@link Effect.Persist} goes into; Persisted names it when done. */
    long openBatch();
}
