package io.fluxkeeper.server.loop;

/**
 * Room and turns of the mailbox's lanes; each bound with what happens there. The internal lane has no bound, since
 * completions may not be lost: what is under way in journal and store bounds it. The log lane has none of its own: a
 * link reads no more than it has asked for.
 *
 * @param liveInputsMax messages of the live lane that may wait; beyond, the link they came by is closed
 * @param clientInputsMax clients' requests that may wait; beyond, {@code TOO_BUSY}
 * @param drainInputsMax inputs handled before effects leave, unless a tick needs more (see ReplicaMailbox)
 * @param laneQuota inputs of one lane handled before the next lane gets its turn
 */
public record MailboxBounds(int liveInputsMax, int clientInputsMax, int drainInputsMax, int laneQuota) {
    public static final MailboxBounds DEFAULT = new MailboxBounds(10_000, 10_000, 4_096, 256);

    public MailboxBounds {
        requirePositive(liveInputsMax, "liveInputsMax");
        requirePositive(clientInputsMax, "clientInputsMax");
        requirePositive(drainInputsMax, "drainInputsMax");
        requirePositive(laneQuota, "laneQuota");
    }

    private static void requirePositive(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is 1 or more, not " + value);
        }
    }
}
