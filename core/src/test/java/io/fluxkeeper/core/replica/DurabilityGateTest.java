package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect.When;
import io.fluxkeeper.core.consensus.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurabilityGateTest {
    private record Said(String what, Lane lane) implements PeerMessage {}

    private static final PeerId PEER = new PeerId(2);

    private final DurabilityGate gate = new DurabilityGate(7);

    @Test
    void aMessageWaitsForEveryRecordEmittedBeforeIt() {
        gate.linkUp(PEER, 1);
        gate.persist(new DurableRecord.Epochs(1, 0));
        gate.send(PEER, 1, said("ack"), When.DURABLE);
        assertThat(flush()).containsExactly("batch 8");
        gate.persisted(7);
        assertThat(flush()).isEmpty();
        gate.persisted(8);
        assertThat(flush()).containsExactly("ack");
    }

    @Test
    void aMessageAlsoWaitsForBatchesClosedBefore() {
        gate.linkUp(PEER, 1);
        gate.persist(new DurableRecord.Epochs(1, 0));
        flush();
        gate.send(PEER, 1, said("ack"), When.DURABLE);
        assertThat(flush()).isEmpty();
        gate.persisted(8);
        assertThat(flush()).containsExactly("ack");
    }

    @Test
    void whatMayLeaveAtOnceDoesNotOvertakeWhatWaitsInItsLane() {
        gate.linkUp(PEER, 1);
        gate.persist(new DurableRecord.Epochs(1, 0));
        gate.send(PEER, 1, said("ack"), When.DURABLE);
        gate.send(PEER, 1, said("proposal"), When.NOW);
        gate.send(PEER, 1, new Said("ping", PeerMessage.Lane.LIVE), When.NOW);
        assertThat(flush()).containsExactly("batch 8", "ping");
        gate.persisted(8);
        assertThat(flush()).containsExactly("ack", "proposal");
    }

    @Test
    void nothingOfAnOldLinkLeavesByANewOne() {
        gate.linkUp(PEER, 1);
        gate.persist(new DurableRecord.Epochs(1, 0));
        gate.send(PEER, 1, said("old"), When.DURABLE);
        gate.linkDown(PEER, 1);
        gate.linkUp(PEER, 2);
        gate.send(PEER, 1, said("late"), When.NOW);
        gate.linkDown(PEER, 1);
        gate.send(PEER, 2, said("new"), When.NOW);
        assertThat(flush()).containsExactly("batch 8", "new");
        gate.persisted(8);
        assertThat(flush()).isEmpty();
    }

    @Test
    void withoutRecordsThereIsNoBatch() {
        gate.linkUp(PEER, 1);
        gate.send(PEER, 1, said("vote"), When.DURABLE);
        assertThat(flush()).containsExactly("vote");
        assertThat(gate.openBatch()).isEqualTo(8);
    }

    private static Said said(String what) {
        return new Said(what, PeerMessage.Lane.LOG);
    }

    private List<String> flush() {
        List<ReplicaEffect> effects = new ArrayList<>();
        gate.flush(Zxid.ZERO, effects);
        List<String> words = new ArrayList<>();
        for (ReplicaEffect effect : effects) {
            if (effect instanceof ReplicaEffect.SendFrame frame) {
                frame.messages().forEach(message -> words.add(((Said) message).what()));
            } else if (effect instanceof ReplicaEffect.Persist persist) {
                words.add("batch " + persist.batch().number());
            }
        }
        return words;
    }
}
