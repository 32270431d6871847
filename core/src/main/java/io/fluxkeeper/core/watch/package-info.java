/**
 * Watches and observations as cursors over the change log: {@link io.fluxkeeper.core.watch.ChangeLog} keeps the changes in
 * blocks, {@link io.fluxkeeper.core.watch.InterestIndex} finds whom one concerns, {@link io.fluxkeeper.core.watch.CatchUp}
 * reads on for who is behind, and {@link io.fluxkeeper.core.watch.Watches} gives each subscription what it has asked for.
 * Imports the shared words, {@code core.znode}, {@code core.protocol} and {@code core.binary}. Begin at {@code Watches}.
 */
@NullMarked
package io.fluxkeeper.core.watch;

import org.jspecify.annotations.NullMarked;
