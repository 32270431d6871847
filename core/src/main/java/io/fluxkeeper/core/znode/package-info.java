/**
 * The tree of znodes: its values ({@link io.fluxkeeper.core.znode.ZnodePath}, {@link io.fluxkeeper.core.znode.Stat})
 * and its rules ({@link io.fluxkeeper.core.znode.ZnodeTree}, {@link io.fluxkeeper.core.znode.TreePlan}). Imports only
 * the shared words, {@code core.binary} and {@code core.protocol}'s operations and refusals. Begin at
 * {@code ZnodeTree}.
 */
@NullMarked
package io.fluxkeeper.core.znode;

import org.jspecify.annotations.NullMarked;
