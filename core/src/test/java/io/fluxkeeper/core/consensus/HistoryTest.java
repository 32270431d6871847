package io.fluxkeeper.core.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final int PAYLOAD_BYTES = 100;

    private final History history = new History(Zxid.ZERO, ChainHash.EMPTY, List.of());

    @Test
    void keepsNoMoreEntriesThanItIsTold() {
        append(40);

        history.trim(history.last(), 10, Long.MAX_VALUE);

        assertThat(history.base()).isEqualTo(Zxid.of(1, 30));
    }

    /** However few the entries are: with large ones the number alone would be no bound of memory. */
    @Test
    void keepsNoMoreBytesThanItIsTold() {
        append(40);
        long each = history.bytesAfter(Zxid.of(1, 39));

        history.trim(history.last(), 1_000, 10 * each);

        assertThat(history.base()).isEqualTo(Zxid.of(1, 30));
        assertThat(history.bytesAfter(history.base())).isEqualTo(10 * each);
    }

    @Test
    void keepsWhateverIsBehindThePosition() {
        append(40);

        history.trim(Zxid.of(1, 25), 0, 0);

        assertThat(history.base()).isEqualTo(Zxid.of(1, 25));
        assertThat(history.last()).isEqualTo(Zxid.of(1, 40));
    }

    @Test
    void whatWasDeliveredIsPackedAndKept() {
        HistoryRetention retention = new HistoryRetention(history, Zxid.ZERO, 8, Long.MAX_VALUE);
        append(40);

        retention.delivered(Zxid.of(1, 33));

        assertThat(history.packedCount()).isEqualTo(32); // in blocks of a fourth of 8
        assertThat(history.base()).isEqualTo(Zxid.ZERO);
    }

    /** What is packed answers as if it were not. */
    @Test
    void saysOfPackedEntriesWhatItSaidBefore() {
        History plain = new History(Zxid.ZERO, ChainHash.EMPTY, List.of());
        append(40);
        history.after(Zxid.ZERO, Long.MAX_VALUE).forEach(plain::append);

        history.pack(Zxid.of(1, 33), 50, Long.MAX_VALUE);

        assertThat(history.packedCount()).isEqualTo(24); // of the 33, in blocks of a fourth of 50

        assertThat(history.base()).isEqualTo(Zxid.ZERO);
        for (int counter = 0; counter <= 41; counter++) {
            Zxid position = counter == 0 ? Zxid.ZERO : Zxid.of(1, counter);
            assertThat(history.chainAt(position)).isEqualTo(plain.chainAt(position));
            assertThat(history.floor(position)).isEqualTo(plain.floor(position));
            assertThat(history.offsetOf(position)).isEqualTo(plain.offsetOf(position));
            assertThat(history.countAfter(position)).isEqualTo(plain.countAfter(position));
            assertThat(history.after(position, 1_000))
                    .usingRecursiveComparison()
                    .isEqualTo(plain.after(position, 1_000));
            assertThat(history.between(position, Zxid.of(1, 37), 9))
                    .usingRecursiveComparison()
                    .isEqualTo(plain.between(position, Zxid.of(1, 37), 9));
        }
    }

    /** Whatever was asked before: a search begins where the last one ended. */
    @Test
    void findsEachPositionFromAnyOther() {
        append(40);
        history.trim(Zxid.of(1, 12), 50, Long.MAX_VALUE);

        for (int from = 1; from <= 40; from++) {
            for (int to = 1; to <= 40; to++) {
                history.countAfter(Zxid.of(1, from));
                assertThat(history.countAfter(Zxid.of(1, to))).isEqualTo(40 - to);
                assertThat(history.floor(Zxid.of(1, to))).isEqualTo(Zxid.of(1, to));
            }
        }
    }

    @Test
    void goesOnFromWhereverItIsCutAlsoAmongPackedEntries() {
        for (int cut = 0; cut <= 40; cut++) {
            History cutOne = new History(Zxid.ZERO, ChainHash.EMPTY, List.of());
            append(cutOne, 40);
            Zxid position = cut == 0 ? Zxid.ZERO : Zxid.of(1, cut);
            OptionalLong chain = cutOne.chainAt(position);
            cutOne.trim(Zxid.of(1, 33), 50, Long.MAX_VALUE);

            cutOne.truncateAfter(position);

            assertThat(cutOne.last()).isEqualTo(position);
            assertThat(OptionalLong.of(cutOne.lastChain())).isEqualTo(chain);
            assertThat(cutOne.bytesAfter(position)).isZero();
            Entry next = cutOne.append(position.equals(Zxid.ZERO) ? Zxid.of(1, 1) : position.next(), new byte[1]);
            assertThat(cutOne.after(position, 1)).containsExactly(next);
        }
    }

    /** Position by position as its state is stored, and never more than a part too much of it. */
    @Test
    void forgetsInPartsThatAreSmallBesideWhatItKeeps() {
        for (int i = 1; i <= 200; i++) {
            history.append(Zxid.of(1, i), new byte[PAYLOAD_BYTES]);
            history.trim(Zxid.of(1, i), 20, Long.MAX_VALUE);
            assertThat(history.countAfter(history.base())).isBetween(Math.min(i, 16), 20 + 4);
        }
    }

    private void append(int count) {
        append(history, count);
    }

    private static void append(History history, int count) {
        for (int i = 1; i <= count; i++) {
            history.append(Zxid.of(1, i), new byte[PAYLOAD_BYTES]);
        }
    }
}
