/**
 * The write-ahead journal, which makes a write durable before it is acknowledged: the port
 * {@link io.fluxkeeper.core.journal.Journal}, its implementation in segment files
 * ({@link io.fluxkeeper.core.journal.FileJournal}), and what a start makes of them
 * ({@link io.fluxkeeper.core.journal.JournalRecovery}). Imports {@code core.consensus}' records; touches files only
 * through {@link io.fluxkeeper.core.journal.FileSystemPort}. Formats and recovery: {@code core/docs/storage.md}.
 */
@NullMarked
package io.fluxkeeper.core.journal;

import org.jspecify.annotations.NullMarked;
