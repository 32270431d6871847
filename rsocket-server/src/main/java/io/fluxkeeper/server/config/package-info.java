/**
 * What a server is told when it starts: {@link io.fluxkeeper.server.config.ServerConfig} as a validated record, and its
 * textual form, {@link io.fluxkeeper.server.config.ConfigKey keys} with values, from a YAML file and from flags.
 * Imports {@code core.PeerId} and the records of bounds; Jackson for YAML. Begin at {@code ConfigKey}.
 */
@NullMarked
package io.fluxkeeper.server.config;

import org.jspecify.annotations.NullMarked;
