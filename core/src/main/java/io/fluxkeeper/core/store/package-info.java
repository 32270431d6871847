/**
 * The state store: the durable form of the state machine at one zxid. The port
 * {@link io.fluxkeeper.core.store.StateStore}, its MVStore implementation (nothing else imports
 * {@code org.h2.mvstore}), and the one in memory. Sees keys and values; knows nothing of znodes and sessions.
 */
@NullMarked
package io.fluxkeeper.core.store;

import org.jspecify.annotations.NullMarked;
