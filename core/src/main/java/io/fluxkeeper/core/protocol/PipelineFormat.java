package io.fluxkeeper.core.protocol;

/**
 * The pipeline: a request-channel whose payloads carry many requests, and many answers. A frame of its own for each
 * costs both ends more than what is in it.
 *
 * <p>A payload is a list of entries without anything between them; all numbers are big-endian.
 *
 * <pre>
 * request  length (3 bytes, of what follows)  number (4)  tag (1 + n)  data
 * answer   length (3 bytes, of what follows)  number (4)  code (4)     data
 * </pre>
 *
 * The number is the requester's own, given back with the answer. The tag is the route, as in routing metadata: its
 * length, then its name. The code is {@link #ANSWERED}, or an error's with the data of an ERROR frame.
 */
public final class PipelineFormat {
    /** The route of the channel itself. */
    public static final String ROUTE = "pipeline";

    /** Most bytes of a payload, except of one that holds a single answer. What is longer goes by its own route. */
    public static final int PAYLOAD_BYTES_MAX = 64 << 10;

    public static final int LENGTH_BYTES = 3;

    public static final int NUMBER_BYTES = 4;

    /** Of an answer. */
    public static final int CODE_BYTES = 4;

    /** The code of a reply that is no error. */
    public static final int ANSWERED = 0;

    private PipelineFormat() {}
}
