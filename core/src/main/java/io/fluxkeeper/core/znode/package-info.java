/**
 * The tree of znodes: its values ({@link io.fluxkeeper.core.znode.ZnodePath}, {@link io.fluxkeeper.core.znode.Stat})
 * and its rules ({@code ZnodeTree}). Imports only the shared words and {@code core.protocol}'s error codes and
 * operations. Begin at {@code ZnodeTree}.
 */
@NullMarked
package io.fluxkeeper.core.znode;

import org.jspecify.annotations.NullMarked;
