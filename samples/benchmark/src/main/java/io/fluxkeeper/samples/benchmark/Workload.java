package io.fluxkeeper.samples.benchmark;

/** What is asked again and again; keys are chosen evenly at random. */
enum Workload {
    /** Reads of existing znodes. */
    GET,
    /** Data of existing znodes replaced. */
    SET,
    /** A znode created and deleted again, in turn; each is an operation. So the tree stays as large as it was. */
    CREATE,
    /** Nine reads to one replacement. */
    MIXED,
    /** A bare RSocket request-response that returns what it gets: what the transport alone can do on this machine. */
    ECHO
}
