package io.fluxkeeper.core.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import java.util.List;
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

    private void append(int count) {
        for (int i = 1; i <= count; i++) {
            history.append(Zxid.of(1, i), new byte[PAYLOAD_BYTES]);
        }
    }
}
