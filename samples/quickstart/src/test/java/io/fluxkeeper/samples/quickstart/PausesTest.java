package io.fluxkeeper.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PausesTest {
    private long now;

    private final Pauses pauses = new Pauses(() -> now);

    private void acknowledgedAfter(int millis) {
        now += Duration.ofMillis(millis).toNanos();
        pauses.acknowledged();
    }

    @Test
    void theStandstillIsTheLongestPauseSinceTheKillAndTheRestIsOrdinary() {
        acknowledgedAfter(900); // connecting, before the first write
        acknowledgedAfter(12);
        acknowledgedAfter(14);
        now += Duration.ofMillis(700).toNanos(); // somebody looked at the screen
        pauses.killed();
        acknowledgedAfter(2); // was on its way when the leader died
        acknowledgedAfter(210);
        acknowledgedAfter(13);

        assertThat(pauses.afterKill()).isEqualTo(Duration.ofMillis(210));
        assertThat(pauses.otherwise()).isEqualTo(Duration.ofMillis(14));
        assertThat(pauses.count()).isEqualTo(6);
    }

    @Test
    void aSecondPauseAfterTheKillIsNotHidden() {
        pauses.killed();
        acknowledgedAfter(200);
        acknowledgedAfter(150);
        acknowledgedAfter(300);

        assertThat(pauses.afterKill()).isEqualTo(Duration.ofMillis(300));
        assertThat(pauses.otherwise()).isEqualTo(Duration.ofMillis(200));
    }
}
