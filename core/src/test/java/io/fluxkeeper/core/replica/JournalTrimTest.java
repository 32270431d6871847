package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Input;
import org.junit.jupiter.api.Test;

/** How much of the journal a peer keeps. */
class JournalTrimTest {
    private final ReplicaHarness harness = new ReplicaHarness();

    @Test
    void theJournalLeadsOnFromTheVersionBeforeTheNewest() {
        harness.consensus(new Input.StateCommitted(Zxid.of(1, 10)));
        assertThat(harness.asked(ReplicaEffect.TrimJournal.class)).isEmpty();

        harness.consensus(new Input.StateCommitted(Zxid.of(1, 20)));
        harness.consensus(new Input.StateCommitted(Zxid.of(1, 30)));
        assertThat(harness.asked(ReplicaEffect.TrimJournal.class))
                .containsExactly(
                        new ReplicaEffect.TrimJournal(Zxid.of(1, 10)), new ReplicaEffect.TrimJournal(Zxid.of(1, 20)));
    }
}
