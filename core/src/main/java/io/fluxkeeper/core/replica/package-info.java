/**
 * One peer as a pure state machine: {@link io.fluxkeeper.core.replica.Replica} takes an input and gives effects;
 * inside it a broadcast orders {@link io.fluxkeeper.core.replica.Transaction}s and a
 * {@link io.fluxkeeper.core.replica.StateMachine} executes them. The simulator runs these very classes.
 */
@NullMarked
package io.fluxkeeper.core.replica;

import org.jspecify.annotations.NullMarked;
