package io.fluxkeeper.client.cli;

import java.io.InputStream;
import java.io.PrintStream;

/** Where a command reads and writes. */
record Console(InputStream in, PrintStream out, PrintStream err) {
    /** One line about what went wrong, whatever the message looks like. */
    void complain(String message) {
        out.flush();
        err.println(
                "fluxkeeper: " + message.lines().findFirst().orElse("failed").strip());
        err.flush();
    }
}
