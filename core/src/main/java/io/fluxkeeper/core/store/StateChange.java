package io.fluxkeeper.core.store;

import org.jspecify.annotations.Nullable;

/**
 * One key of one table.
 *
 * @param value null removes the key
 * @param added whether the key was not there before: one that comes and goes between two versions need not be stored
 */
public record StateChange(
        StateTable table, String key, @Nullable StateValue value, boolean added) {}
