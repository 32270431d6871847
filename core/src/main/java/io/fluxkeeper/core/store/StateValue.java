package io.fluxkeeper.core.store;

import io.fluxkeeper.core.binary.BinaryWriter;

/** Something the store can keep. Immutable: it is encoded later, on the store thread. */
public interface StateValue {
    void writeTo(BinaryWriter out);
}
