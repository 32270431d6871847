package io.fluxkeeper.client.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where a command reads and writes.
 *
 * @param ending set, by any thread, once no further command is to begin
 */
record Console(InputStream in, PrintStream out, PrintStream err, AtomicBoolean ending) {
    /** One line about what went wrong, whatever the message looks like. */
    void complain(String message) {
        out.flush();
        err.println(
                "fluxkeeper: " + message.lines().findFirst().orElse("failed").strip());
        err.flush();
    }
}
