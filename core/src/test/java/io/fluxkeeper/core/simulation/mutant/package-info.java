/**
 * Deliberate breakages of production classes, made by changing their source and compiling it beside the real one: nothing
 * of it can be reached by production. Each must be caught by the simulation. Begin at
 * {@link io.fluxkeeper.core.simulation.mutant.Mutants}.
 */
@org.jspecify.annotations.NullMarked
package io.fluxkeeper.core.simulation.mutant;
