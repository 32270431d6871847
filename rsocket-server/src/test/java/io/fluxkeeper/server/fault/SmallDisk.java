package io.fluxkeeper.server.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A file system of a few MiB for the data of one process: a tmpfs in a mount namespace of the process's own, which needs
 * no rights where Linux lets users have namespaces. It is gone, with all that is in it, when the process is.
 */
final class SmallDisk {
    private static final long PATIENCE_SECONDS = 20;

    private SmallDisk() {}

    /** Whether this machine lets us. */
    static boolean canBeHad(Path directory) {
        List<String> command = new ArrayList<>(launcher(directory, 1));
        command.add("true");
        return run(command) == 0;
    }

    /** What a command is put behind to have that directory on such a disk. */
    static List<String> launcher(Path directory, int mebibytes) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String script = "mount -t tmpfs -o size=" + mebibytes + "m none \"$0\" && exec \"$@\"";
        return List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, directory.toString());
    }

    /** Makes the disk of a running process larger. */
    static void grow(ServerProcess process, int mebibytes) {
        String size = "remount,size=" + mebibytes + "m";
        String directory = process.data().toString();
        String pid = Long.toString(process.pid());
        int code = run(List.of("nsenter", "-t", pid, "--user", "--mount", "mount", "-o", size, "none", directory));
        if (code != 0) {
            throw new AssertionError("the disk of peer " + process.id + " did not grow: code " + code);
        }
    }

    /** @return the exit code; -1 when there is no such program */
    private static int run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end: " + said);
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
