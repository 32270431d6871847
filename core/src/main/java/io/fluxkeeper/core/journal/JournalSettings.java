package io.fluxkeeper.core.journal;

/**
 * Sizes of the journal's files.
 *
 * @param segmentBytes a segment is closed before it would become longer, unless one batch alone is longer
 * @param aheadBytes zeros are written that far ahead, in one piece: an fsync into written zeros costs half of one that
 *     makes the file grow
 */
public record JournalSettings(long segmentBytes, int aheadBytes) {
    public static final JournalSettings DEFAULT = new JournalSettings(64L << 20, 4 << 20);

    public JournalSettings {
        if (segmentBytes < 1024 || aheadBytes < 1024) {
            throw new IllegalArgumentException(
                    "segmentBytes (" + segmentBytes + ") and aheadBytes (" + aheadBytes + ") must be 1024 at least");
        }
    }
}
