/**
 * The state store: the durable form of the state machine at one zxid. The port
 * {@link io.fluxkeeper.core.store.StateStore} and its MVStore implementation (nothing else imports
 * {@code org.h2.mvstore}). Sees keys and values; knows nothing of znodes and sessions. Of the journal it knows the
 * directory both live in ({@code DiskFiles}) and how a start is refused.
 */
@NullMarked
package io.fluxkeeper.core.store;

import org.jspecify.annotations.NullMarked;
