package io.fluxkeeper.server.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file system of a few MiB for the data of one process: a tmpfs in a mount namespace of the process's own, which needs
 * no rights where Linux lets users have namespaces. It is gone, with all that is in it, when the process is.
 */
final class SmallDisk {
    private SmallDisk() {}

    /** Whether this machine lets us. */
    static boolean canBeHad(Path directory) {
        List<String> command = new ArrayList<>(launcher(directory, 1));
        command.add("true");
        return Command.run(command) == 0;
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
        int code =
                Command.run(List.of("nsenter", "-t", pid, "--user", "--mount", "mount", "-o", size, "none", directory));
        if (code != 0) {
            throw new AssertionError("the disk of peer " + process.id + " did not grow: code " + code);
        }
    }
}
