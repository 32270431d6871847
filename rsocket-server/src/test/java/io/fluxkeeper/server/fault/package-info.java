/**
 * Real processes, real sockets, real disks: SIGKILL, SIGSTOP and SIGCONT, and a proxy on every link between peers that is
 * slow, cut, or carries one way only. Not reproducible: a seed only steers whom it hits and when. The simulation's checkers
 * read what clients were told. Not covered here: power loss (the page cache survives a kill), full and lying disks.
 */
@org.jspecify.annotations.NullMarked
package io.fluxkeeper.server.fault;
