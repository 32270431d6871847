package io.fluxkeeper.core.journal;

import java.io.IOException;

/** The empty file whose presence says that the state in this directory was found wrong, and must not be used again. */
public final class DistrustedState {
    static final String NAME = "state.distrusted";

    private DistrustedState() {}

    static void note(FileSystemPort files) throws IOException {
        if (!isNoted(files)) {
            files.create(NAME).close();
            files.syncDirectory();
        }
    }

    public static boolean isNoted(FileSystemPort files) throws IOException {
        return files.list().contains(NAME);
    }

    /** Another state counts by now, durably. */
    public static void forget(FileSystemPort files) throws IOException {
        if (isNoted(files)) {
            files.delete(NAME);
            files.syncDirectory();
        }
    }
}
