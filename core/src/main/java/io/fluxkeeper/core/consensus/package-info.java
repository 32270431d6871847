/**
 * What the ensemble agrees on and how that is asked for: the contract {@link io.fluxkeeper.core.consensus.AtomicBroadcast}, its
 * {@link io.fluxkeeper.core.consensus.Input inputs} and {@link io.fluxkeeper.core.consensus.Effect effects}. Payloads
 * are opaque bytes here: nothing of znodes, sessions or clients is imported.
 */
@NullMarked
package io.fluxkeeper.core.consensus;

import org.jspecify.annotations.NullMarked;
