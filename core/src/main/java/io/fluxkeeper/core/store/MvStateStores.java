package io.fluxkeeper.core.store;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.journal.DiskFiles;
import java.io.IOException;
import java.util.List;

/** State files of MVStore in a data directory. Each is used by one thread at a time, which nobody interrupts. */
public final class MvStateStores implements StateDirectory {
    /** Bytes received between two commits of a receiver: it bounds what is in memory, nothing can see it. */
    private static final long RECEIVED_BYTES_MAX = 8 << 20;

    private final DiskFiles files;
    private final PeerId peer;

    public MvStateStores(DiskFiles files, PeerId peer) {
        this.files = files;
        this.peer = peer;
    }

    @Override
    public StateStore open(String fileName) throws IOException {
        if (!exists(fileName)) {
            throw new DamagedStateException("there is no state file " + fileName);
        }
        return MvStateStore.open(files.path(fileName), peer);
    }

    @Override
    public StateReceiver receive() throws IOException {
        List<String> names = files.list();
        String name = StateFileNames.freeReceiving(names::contains);
        files.createEmpty(name);
        return new Receiver(name, MvStateStore.create(files.path(name), peer));
    }

    @Override
    public void delete(String fileName) throws IOException {
        files.delete(fileName);
        files.syncDirectory();
    }

    @Override
    public boolean exists(String fileName) throws IOException {
        return files.list().contains(fileName);
    }

    @Override
    public List<String> names() throws IOException {
        return files.list().stream().filter(StateFileNames::isState).toList();
    }

    @Override
    public void keepAllBut(String fileName) throws IOException {
        for (String name : names()) {
            if (!name.equals(fileName)) {
                List<String> taken = files.list();
                files.rename(name, StateFileNames.freeKept(name, taken::contains));
            }
        }
        files.syncDirectory();
    }

    @Override
    public void deleteAllBut(String fileName) throws IOException {
        for (String name : files.list()) {
            if (StateFileNames.isOurs(name) && !name.equals(fileName)) {
                files.delete(name);
            }
        }
        files.syncDirectory();
    }

    /** Writes into a file that nothing reads before it has its final name. */
    private final class Receiver implements StateReceiver {
        private final String name;
        private final MvStateStore store;
        private long bytes;

        Receiver(String name, MvStateStore store) {
            this.name = name;
            this.store = store;
        }

        @Override
        public void accept(StateChunk chunk) throws IOException {
            if (!chunk.isIntact()) {
                throw new DamagedStateException("a chunk of the state came in damaged");
            }
            for (int i = 0; i < chunk.keys().size(); i++) {
                String key = chunk.keys().get(i);
                byte[] stored =
                        StoredRow.encode(chunk.table(), key, chunk.values().get(i));
                store.put(chunk.table(), key, stored);
                bytes += key.length() + stored.length;
            }
            if (bytes > RECEIVED_BYTES_MAX) {
                store.commitUnfinished();
                bytes = 0;
            }
        }

        @Override
        public String finish(StateMeta meta) throws IOException {
            store.finish(meta);
            store.close();
            List<String> names = files.list();
            String finalName = StateFileNames.free(meta.applied(), names::contains);
            files.rename(name, finalName);
            files.syncDirectory();
            return finalName;
        }

        @Override
        public void abort() {
            store.close();
            try {
                files.delete(name);
            } catch (IOException left) {
                // The next start deletes it: its name says that it was never finished.
            }
        }
    }
}
