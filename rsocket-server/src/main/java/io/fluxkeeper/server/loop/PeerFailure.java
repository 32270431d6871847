package io.fluxkeeper.server.loop;

/** Told when a part of the peer has ended that it cannot live without: the peer as a whole has to stop. */
@FunctionalInterface
public interface PeerFailure {
    /**
     * Called on the thread that failed, perhaps more than once, perhaps by several threads.
     *
     * @param part the thread's name, for the operator
     */
    void failed(String part, Throwable cause);
}
