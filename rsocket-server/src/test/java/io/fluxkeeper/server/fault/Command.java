package io.fluxkeeper.server.fault;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of this machine, run to its end. */
final class Command {
    private static final long PATIENCE_SECONDS = 20;

    private Command() {}

    /** @return the exit code; -1 when there is no such program */
    static int run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end");
            }
            return process.exitValue();
        } catch (IOException noSuchProgram) {
            return -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
