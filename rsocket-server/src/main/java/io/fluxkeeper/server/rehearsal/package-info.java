/**
 * Plays an ensemble's hard moments in memory before they come. Imports core alone; which algorithm is played, the
 * assembly says. Begin at {@code Rehearsal}.
 */
@NullMarked
package io.fluxkeeper.server.rehearsal;

import org.jspecify.annotations.NullMarked;
