package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.replica.WaitingReads.WaitingRead;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingReadsTest {
    private static final Zxid FAR = Zxid.of(9, 9);

    private final WaitingReads reads = new WaitingReads();
    private final StateMachine state = new StateMachine();
    private final List<WaitingRead> late = new ArrayList<>();

    @Test
    void aReadThatTimedOutStaysNowhereEvenIfWhatItWaitedForNeverComes() {
        SessionId session =
                new SessionId(state.apply(Zxid.of(1, 1), open()).attached().value());
        reads.add(read(session, 0, FAR), state);
        reads.add(read(session, 5, Zxid.ZERO), state);
        assertThat(reads.filed()).isEqualTo(2);

        reads.expire(100, late::add);

        assertThat(late).hasSize(2);
        assertThat(reads.size()).isZero();
        assertThat(reads.filed()).isZero();
    }

    private static byte[] open() {
        return TransactionCodec.encode(new Transaction(
                0,
                new Transaction.Origin(ReplicaHarness.SELF, 1, 1),
                new Transaction.OpenSession(1_000, new byte[32])));
    }

    private static WaitingRead read(SessionId session, long after, Zxid atLeast) {
        ReadStamp stamp = new ReadStamp(session, after, atLeast);
        return new WaitingRead(
                1, new ReplicaHarness.Call("read"), new ClientRequest.Exists(ZnodePath.of("/"), stamp), atLeast, 100);
    }
}
