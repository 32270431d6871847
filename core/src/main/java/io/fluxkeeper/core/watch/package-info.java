/**
 * Watches as cursors over the change log: {@link io.fluxkeeper.core.watch.ChangeLog} keeps the changes,
 * {@link io.fluxkeeper.core.watch.InterestIndex} finds whom one concerns, and
 * {@link io.fluxkeeper.core.watch.Watches} gives each subscription what it has asked for. Imports the shared words,
 * {@code core.znode} and {@code core.protocol}. Begin at {@code Watches}.
 */
@NullMarked
package io.fluxkeeper.core.watch;

import org.jspecify.annotations.NullMarked;
