/**
 * Real processes, real sockets, real disks, SIGKILL. Not reproducible: a seed only steers whom it hits and when. Not
 * covered here: power loss (the page cache survives a kill), slow and cut links, full and lying disks.
 */
@org.jspecify.annotations.NullMarked
package io.fluxkeeper.server.fault;
