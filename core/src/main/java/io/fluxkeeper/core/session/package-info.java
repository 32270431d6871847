/**
 * Sessions and the reply tables that make their writes exactly-once. Imports the shared words, {@code core.binary},
 * {@code core.protocol}'s stamps and replies with the values in them; knows nothing of the tree's rules, the log or the
 * store. Begin at {@link io.fluxkeeper.core.session.SessionTable}.
 */
@NullMarked
package io.fluxkeeper.core.session;

import org.jspecify.annotations.NullMarked;
