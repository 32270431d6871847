package io.fluxkeeper.core.znode;

/** How long a new znode lives and who completes its name. Containers and TTL will be further constants. */
public enum CreateMode {
    /** Stays until it is deleted. */
    PERSISTENT(false, false),
    /** Goes with the session that created it; has no children. */
    EPHEMERAL(true, false),
    /** Stays; its name gets the parent's ten-digit number of creates. */
    PERSISTENT_SEQUENTIAL(false, true),
    /** Goes with its session; its name gets the parent's ten-digit number of creates. */
    EPHEMERAL_SEQUENTIAL(true, true);

    private final boolean ephemeral;
    private final boolean sequential;

    CreateMode(boolean ephemeral, boolean sequential) {
        this.ephemeral = ephemeral;
        this.sequential = sequential;
    }

    public boolean isEphemeral() {
        return ephemeral;
    }

    public boolean isSequential() {
        return sequential;
    }
}
