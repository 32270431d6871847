/**
 * The command line: one class a command, on the public client alone. Imports the public client, {@code core} values,
 * picocli and JLine, which are optional for who uses the library. Begin with {@link io.fluxkeeper.client.cli.Cli}.
 */
@NullMarked
package io.fluxkeeper.client.cli;

import org.jspecify.annotations.NullMarked;
