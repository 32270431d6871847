/**
 * The words every part of Fluxkeeper shares: {@link io.fluxkeeper.core.Zxid}, {@link io.fluxkeeper.core.PeerId},
 * {@link io.fluxkeeper.core.SessionId} and {@link io.fluxkeeper.core.Invariant}. Imports nothing of Fluxkeeper.
 */
@NullMarked
package io.fluxkeeper.core;

import org.jspecify.annotations.NullMarked;
