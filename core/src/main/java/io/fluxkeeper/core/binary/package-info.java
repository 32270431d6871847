/**
 * The byte form of what peers exchange and what the journal and the store keep: big-endian numbers, length-prefixed
 * bytes. Imports nothing of Fluxkeeper; begin at {@link io.fluxkeeper.core.binary.BinaryWriter}.
 */
@NullMarked
package io.fluxkeeper.core.binary;

import org.jspecify.annotations.NullMarked;
