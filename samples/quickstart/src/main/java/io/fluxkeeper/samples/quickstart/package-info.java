/**
 * The quickstart: an ensemble, a watch, and a leader that dies. Imports the client and the helper for child processes.
 * Begin with {@link io.fluxkeeper.samples.quickstart.Quickstart}.
 */
@NullMarked
package io.fluxkeeper.samples.quickstart;

import org.jspecify.annotations.NullMarked;
