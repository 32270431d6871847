package io.fluxkeeper.core.journal;

/** The journal on the disk that the simulation uses, so that both are known to be alike. */
class MemoryJournalTest implements JournalContract {
    private final FaultyFiles files = new FaultyFiles();

    @Override
    public FileSystemPort files() {
        return files;
    }
}
