package io.fluxkeeper.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Position of a transaction in the total order: sign bit 0, 23 bits of epoch, 40 bits of counter.
 *
 * <p>ZooKeeper gives the counter 32 bits, which run out after 49.7 days at 1,000 writes a second and force an
 * election (ZOOKEEPER-1277); 40 bits last 34 years at that rate.
 *
 * @param value the packed form; never negative; 0 is "before everything"
 */
public record Zxid(@JsonValue long value) implements Comparable<Zxid> {
    /** Bits of the counter within an epoch. */
    public static final int COUNTER_BITS = 40;

    /** The last counter of an epoch; a leader gives up leadership before it would have to go beyond. */
    public static final long COUNTER_MAX = (1L << COUNTER_BITS) - 1;

    /** The last epoch that can be established. */
    public static final long EPOCH_MAX = (1L << 23) - 1;

    /** Before the first transaction of the first epoch. */
    public static final Zxid ZERO = new Zxid(0);

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Zxid {
        if (value < 0) {
            throw new IllegalArgumentException("a zxid is not negative: " + value);
        }
    }

    /** The zxid of a counter in an epoch; counter 0 is "nothing of this epoch yet". */
    public static Zxid of(long epoch, long counter) {
        if (epoch < 0 || epoch > EPOCH_MAX) {
            throw new IllegalArgumentException("epoch " + epoch + " is outside 0.." + EPOCH_MAX);
        }
        if (counter < 0 || counter > COUNTER_MAX) {
            throw new IllegalArgumentException("counter " + counter + " is outside 0.." + COUNTER_MAX);
        }
        return new Zxid(epoch << COUNTER_BITS | counter);
    }

    public long epoch() {
        return value >>> COUNTER_BITS;
    }

    public long counter() {
        return value & COUNTER_MAX;
    }

    /** The next zxid of the same epoch. */
    public Zxid next() {
        return of(epoch(), counter() + 1);
    }

    /**
     * Whether this zxid may come right after {@code previous} in a history: the next counter of the same epoch, or
     * counter 1 of a higher one.
     */
    public boolean follows(Zxid previous) {
        return epoch() == previous.epoch()
                ? counter() == previous.counter() + 1
                : epoch() > previous.epoch() && counter() == 1;
    }

    public boolean isAfter(Zxid other) {
        return value > other.value;
    }

    public static Zxid max(Zxid a, Zxid b) {
        return a.value >= b.value ? a : b;
    }

    public static Zxid min(Zxid a, Zxid b) {
        return a.value <= b.value ? a : b;
    }

    @Override
    public int compareTo(Zxid other) {
        return Long.compare(value, other.value);
    }

    /** {@code epoch:counter}, as in {@code 4:17}. */
    @Override
    public String toString() {
        return epoch() + ":" + counter();
    }
}
