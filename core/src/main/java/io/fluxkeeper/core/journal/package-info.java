/**
 * The write-ahead journal, which makes a write durable before it is acknowledged: the port
 * {@link io.fluxkeeper.core.journal.Journal}, its implementation in segment files, and recovery. Imports
 * {@code core.consensus}' records; touches files only through its own small port.
 */
@NullMarked
package io.fluxkeeper.core.journal;

import org.jspecify.annotations.NullMarked;
