/**
 * A whole ensemble in one thread: replicas on simulated disks and a simulated network, clients that record what they
 * were told, and checkers that know nothing of the replica's insides. One seed makes everything. Begin at
 * {@link io.fluxkeeper.core.simulation.Simulation}.
 */
@org.jspecify.annotations.NullMarked
package io.fluxkeeper.core.simulation;
