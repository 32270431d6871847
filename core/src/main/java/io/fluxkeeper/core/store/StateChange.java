package io.fluxkeeper.core.store;

import org.jspecify.annotations.Nullable;

/** One key of one table. @param value null removes the key */
public record StateChange(
        StateTable table, String key, @Nullable StateValue value) {}
