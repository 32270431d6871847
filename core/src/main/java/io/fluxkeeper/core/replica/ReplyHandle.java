package io.fluxkeeper.core.replica;

/** Whoever waits for a reply. Opaque here: it comes with a request and goes with the reply, nothing else. */
public interface ReplyHandle {}
