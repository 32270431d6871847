package io.fluxkeeper.client.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How many items a watch asks for. */
class CreditTest {
    @Test
    void withoutDemandThereIsCreditForTheHiddenItemsOnly() {
        Credit credit = new Credit();
        assertThat(credit.take(0, 0)).isEqualTo(Credit.HIDDEN_ITEMS);
        assertThat(credit.take(0, 0)).isZero();
    }

    @Test
    void anEventThatWaitsForDemandTakesTheRoomOfAHiddenItem() {
        Credit credit = new Credit();
        credit.take(0, 0);
        credit.arrived();
        credit.arrived();
        assertThat(credit.take(0, Credit.HIDDEN_ITEMS)).isZero();
        assertThat(credit.take(5, 0)).isEqualTo(5 + Credit.HIDDEN_ITEMS);
    }

    /** Story: a peer sends hidden items and events at random, a subscriber asks now and then. */
    @Test
    void neitherStallsNorOverflowsWhateverArrives() {
        for (int seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Credit credit = new Credit();
            long demand = 0;
            int buffered = 0;
            int onTheWay = 0;
            for (int step = 0; step < 500; step++) {
                if (random.nextInt(4) == 0) {
                    demand += random.nextInt(400);
                } else if (onTheWay > 0) {
                    onTheWay--;
                    credit.arrived();
                    buffered += random.nextBoolean() ? 1 : 0;
                }
                long emitted = Math.min(demand, buffered);
                demand -= emitted;
                buffered -= (int) emitted;
                onTheWay += credit.take(demand, buffered);
                assertThat(buffered).isLessThanOrEqualTo(Credit.HIDDEN_ITEMS);
                assertThat(onTheWay).isLessThanOrEqualTo(Credit.OUTSTANDING_MAX + Credit.HIDDEN_ITEMS);
                if (demand > 0) {
                    assertThat(onTheWay)
                            .as("seed %s, step %s: a way on", seed, step)
                            .isPositive();
                }
            }
        }
    }
}
