/**
 * Measures an ensemble under a closed loop of requests, beside a bare RSocket echo. Imports the client, RSocket for the
 * echo, HdrHistogram and the helper for child processes. Begin with
 * {@link io.fluxkeeper.samples.benchmark.Benchmark}.
 */
@NullMarked
package io.fluxkeeper.samples.benchmark;

import org.jspecify.annotations.NullMarked;
