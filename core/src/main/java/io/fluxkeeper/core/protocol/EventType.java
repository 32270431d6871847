package io.fluxkeeper.core.protocol;

/** What happened to a znode. */
public enum EventType {
    CREATED,
    DATA_CHANGED,
    DELETED
}
