package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodecContract;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every message of Multi-Paxos as bytes, and bytes that are none. */
class PaxosCodecTest extends PeerMessageCodecContract {
    private static final Ballot BALLOT = Ballot.of(7, new PeerId(255));
    private static final Bond BOND = new Bond(BALLOT, 3);
    private static final Zxid SLOT = Zxid.of(1, 9);

    PaxosCodecTest() {
        super(new PaxosCodec(), 128, 191);
    }

    @Override
    protected Class<? extends PeerMessage> family() {
        return PaxosMessage.class;
    }

    @Override
    protected Stream<PeerMessage> messages() {
        Entry first = Entry.after(SLOT, 17, SLOT.next(), BroadcastCluster.bytes("one"));
        Entry second = Entry.after(first.zxid(), first.chain(), first.zxid().next(), new byte[0]);
        return Stream.of(
                new Introduction(Membership.FOUNDING, 99),
                new PaxosMessage.Probe(4, SLOT),
                new PaxosMessage.ProbeAnswer(4, true, BALLOT),
                new PaxosMessage.Prepare(BALLOT, SLOT, true),
                new PaxosMessage.Promise(BALLOT, SLOT, List.of(), false, Zxid.ZERO),
                new PaxosMessage.Promise(
                        BALLOT,
                        SLOT,
                        List.of(new DurableRecord.Accepted(257, SLOT, BroadcastCluster.bytes("v"))),
                        true,
                        SLOT),
                new PaxosMessage.Nack(BALLOT, Ballot.of(8, new PeerId(1))),
                new PaxosMessage.Fetch(BALLOT, SLOT),
                new PaxosMessage.Learn(BALLOT, List.of(first, second)),
                new PaxosMessage.Snap(BOND, 12, SLOT, 17, -18),
                new PaxosMessage.Heartbeat(BALLOT, 5),
                new PaxosMessage.Pong(BOND, 5, false),
                new PaxosMessage.Pong(BOND, 6, true),
                new PaxosMessage.Join(BOND, 99, SLOT, -17, true),
                new PaxosMessage.Accept(BOND, SLOT, List.of(BroadcastCluster.bytes("a"), new byte[0])),
                new PaxosMessage.Accepted(BOND, SLOT),
                new PaxosMessage.Decided(BOND, SLOT, -1, true),
                new PaxosMessage.Admit(BOND),
                new PaxosMessage.TakeOver(BOND));
    }

    /** By default a message waits for the disk: leaving at once is for these, which promise nothing of it. */
    @Test
    void onlyWhatPromisesNothingOfADiskMayLeaveAtOnce() {
        assertThat(messages()
                        .filter(PaxosMessage.class::isInstance)
                        .map(PaxosMessage.class::cast)
                        .filter(message -> message.when() == Effect.When.DURABLE)
                        .map(message -> message.getClass().getSimpleName())
                        .distinct())
                .containsExactly("Prepare", "Promise", "Nack", "Join", "Accepted");
    }
}
