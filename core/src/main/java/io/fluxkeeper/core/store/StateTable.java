package io.fluxkeeper.core.store;

/** The ordered maps of the state; all of them are committed in one version. */
public enum StateTable {
    /** Znodes by path, with '/' stored as U+0001 so that subtrees are contiguous. */
    ZNODES {
        @Override
        public String storedKey(String key) {
            return key.replace('/', SLASH_IN_KEYS);
        }

        @Override
        public String keyOf(String storedKey) {
            return storedKey.replace(SLASH_IN_KEYS, '/');
        }
    },
    /** Live sessions by id. */
    SESSIONS,
    /** Recorded replies by session and cxid. */
    REPLIES,
    /** Answers of sessions that ended lately. */
    ENDED,
    /** Ensemble settings by name. */
    SETTINGS,
    /** The change log: blocks by their first transaction. Behind the settings, which say how much of it is kept. */
    CHANGES;

    /** Stands for '/' in the stored keys of znodes; no path contains it. */
    public static final char SLASH_IN_KEYS = '\u0001';

    /** What the store orders by, of a key as {@link StateChange} has it. */
    public String storedKey(String key) {
        return key;
    }

    /** The key as {@link StateChange} has it, of one that the store has. */
    public String keyOf(String storedKey) {
        return storedKey;
    }
}
