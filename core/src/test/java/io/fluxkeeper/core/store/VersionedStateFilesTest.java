package io.fluxkeeper.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The store of the simulation and of tests in memory. */
class VersionedStateFilesTest implements StateStoreContract {
    private final VersionedStateFiles stores = new VersionedStateFiles();

    @Override
    public StateDirectory stores() {
        return stores;
    }

    @Test
    void aFlippedBitIsFoundWhenTheStateIsLoaded() throws IOException {
        StateStore store = newStore();
        store.fold(StateStoreContract.delta(1, StateStoreContract.put(StateTable.ZNODES, "/a", "A")));
        store.commit();
        assertThat(stores.flipBit(store.fileName(), StateTable.ZNODES, StateTable.ZNODES.storedKey("/a")))
                .isTrue();
        assertThatThrownBy(() -> StateStoreContract.rows(store)).isInstanceOf(DamagedStateException.class);
    }
}
