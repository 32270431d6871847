/**
 * Peers and other servers as child processes of a sample. Imports the JDK alone. Begin with
 * {@link io.fluxkeeper.samples.processes.LocalEnsemble}.
 */
@NullMarked
package io.fluxkeeper.samples.processes;

import org.jspecify.annotations.NullMarked;
