package io.fluxkeeper.core.journal;

/**
 * The first record of every segment: what is in force there, and where the journal goes on from. A process begins a
 * new segment, so one of these also says what recovery decided.
 *
 * @param previousNumber the batch before; numbers between it and this one's are void
 * @param reset the entries before do not count: history begins at {@code state.last()}
 * @param state in force before this batch
 */
record SegmentStart(long previousNumber, boolean reset, HardState state) {}
