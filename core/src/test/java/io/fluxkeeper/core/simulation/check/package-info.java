/**
 * Checkers that know what clients were told, what peers delivered and what their disks hold, and nothing else of the
 * replicas: one class a promise. They are told what happens as {@link io.fluxkeeper.core.simulation.check.Checker}s and
 * throw a {@link io.fluxkeeper.core.simulation.check.Violation} at once. Begin at
 * {@link io.fluxkeeper.core.simulation.check.Model}.
 */
@org.jspecify.annotations.NullMarked
package io.fluxkeeper.core.simulation.check;
