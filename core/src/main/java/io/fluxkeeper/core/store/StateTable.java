package io.fluxkeeper.core.store;

/** The ordered maps of the state; all of them are committed in one version. */
public enum StateTable {
    /** Znodes by path, with '/' written as U+0001 so that subtrees are contiguous. */
    ZNODES,
    /** Live sessions by id. */
    SESSIONS,
    /** Recorded replies by session and cxid. */
    REPLIES,
    /** Answers of sessions that ended lately. */
    ENDED,
    /** Ensemble settings by name. */
    SETTINGS,
    /** The change log: blocks by their first transaction. Behind the settings, which say how much of it is kept. */
    CHANGES
}
