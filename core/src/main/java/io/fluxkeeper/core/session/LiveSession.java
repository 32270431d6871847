package io.fluxkeeper.core.session;

/** A session of a {@link SessionTable}, and how far its writes have come. It changes with the table. */
public final class LiveSession {
    final ReplyTable replies = new ReplyTable();

    /** Of its row; 0 before it has one. */
    long hash;

    private Session session;

    LiveSession(Session session) {
        this.session = session;
    }

    public Session session() {
        return session;
    }

    /** The last write executed; 0 for none. */
    public long lastCxid() {
        return replies.last();
    }

    void attached(Session again) {
        session = again;
    }
}
