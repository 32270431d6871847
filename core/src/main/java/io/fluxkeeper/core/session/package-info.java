/**
 * Sessions and the reply tables that make their writes exactly-once. Imports the shared words, {@code core.binary} and
 * {@code core.protocol}'s stamps and replies; knows nothing of znodes' rules, the log or the store. Begin at
 * {@link io.fluxkeeper.core.session.SessionTable}.
 */
@NullMarked
package io.fluxkeeper.core.session;

import org.jspecify.annotations.NullMarked;
