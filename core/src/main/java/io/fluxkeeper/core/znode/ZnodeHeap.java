package io.fluxkeeper.core.znode;

/**
 * What a znode takes of the heap, about: the same at every peer, since it is counted and not measured. Of a JVM with
 * compressed references, which has them up to 32 GiB; a larger one takes half as much again beside the data.
 */
final class ZnodeHeap {
    /** The map's cell, the place in the tree, the znode with three zxids, the entry in its parent's set, their strings. */
    private static final int FIXED_BYTES = 400;

    /** G1 gives arrays of half a region regions of their own; the smallest regions are of 1 MiB. */
    private static final int REGION_BYTES = 1 << 20;

    private ZnodeHeap() {}

    /** The path is there once in the map, and its last name once more below its parent. */
    static long bytes(String path, Znode znode) {
        byte[] data = znode.data();
        return FIXED_BYTES + 2L * path.length() + (data == null ? 0 : dataBytes(data.length));
    }

    private static long dataBytes(long length) {
        return length < REGION_BYTES / 2 ? length : (length / REGION_BYTES + 1) * REGION_BYTES;
    }
}
