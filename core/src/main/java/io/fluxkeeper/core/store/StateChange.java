package io.fluxkeeper.core.store;

import org.jspecify.annotations.Nullable;

/**
 * One key of one table.
 *
 * @param key of a znode its path: the store has its own form of it, {@link StateTable#storedKey}, which is worked out for
 *     the last change of a key alone
 * @param value null removes the key
 * @param bytes of the value when it is encoded; 0 without one
 * @param added whether the key was not there before: one that comes and goes between two versions need not be stored
 */
public record StateChange(
        StateTable table, String key, @Nullable StateValue value, int bytes, boolean added) {}
