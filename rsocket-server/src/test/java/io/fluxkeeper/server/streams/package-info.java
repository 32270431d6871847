/** Streams end to end: real peers and clients in one process, with a network between them that can be cut or jammed. */
@NullMarked
package io.fluxkeeper.server.streams;

import org.jspecify.annotations.NullMarked;
