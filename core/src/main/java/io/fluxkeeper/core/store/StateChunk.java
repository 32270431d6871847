package io.fluxkeeper.core.store;

import java.util.List;

/**
 * Part of a state under transfer.
 *
 * @param table the table all its rows are of
 * @param keys in order
 * @param values one for each key
 * @param crc over table, keys and values
 */
public record StateChunk(StateTable table, List<String> keys, List<byte[]> values, int crc) {}
