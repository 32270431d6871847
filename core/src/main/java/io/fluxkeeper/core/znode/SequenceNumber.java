package io.fluxkeeper.core.znode;

/** The end of a sequential znode's name. */
final class SequenceNumber {
    private static final int WIDTH = 10;

    private SequenceNumber() {}

    /** As {@code %010d} gives it, and a good deal faster; eleven characters for -2^31, as in ZooKeeper. */
    static String suffix(int number) {
        String digits = Integer.toString(number);
        int padding = WIDTH - digits.length();
        if (padding <= 0) {
            return digits;
        }
        return number < 0 ? "-" + "0".repeat(padding) + digits.substring(1) : "0".repeat(padding) + digits;
    }
}
