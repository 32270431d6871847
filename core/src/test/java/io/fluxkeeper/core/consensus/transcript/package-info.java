/**
 * Transcripts: runs of a whole ensemble as text, a command and below it what follows from it, to be read as documentation
 * and compared in the tests. Knows no algorithm; each gives its cluster, and more commands if it has any. May import the
 * consensus tests. Begin at {@link io.fluxkeeper.core.consensus.transcript.Transcript}.
 */
@NullMarked
package io.fluxkeeper.core.consensus.transcript;

import org.jspecify.annotations.NullMarked;
