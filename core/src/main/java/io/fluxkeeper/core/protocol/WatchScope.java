package io.fluxkeeper.core.protocol;

/** How far below its path a watch looks. */
public enum WatchScope {
    /** The znode itself. */
    ZNODE,
    /** Its direct children. */
    CHILDREN,
    /** The znode and everything below it. */
    SUBTREE
}
