package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAnswered;
import io.fluxkeeper.core.replica.ReplicaMessage.ReadIndexAsked;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a read waits for, by the freshness it asks for, and what it hears when that does not come. */
class FreshnessTest {
    private static final ZnodePath PATH = ZnodePath.of("/");
    private static final int WAIT = ReplicaConfig.Bounds.DEFAULT.readWaitTicks();

    private final ReplicaHarness harness = new ReplicaHarness();

    @Test
    void aLocalReadIsAnsweredAtOnce() {
        harness.follows();
        harness.drain(ask("local", get(new ReadStamp(null, 0, null))));
        assertThat(harness.reply("local")).isInstanceOf(ServerReply.Data.class);
    }

    @Test
    void aReadThatWantsAZxidIsAnsweredFromTheStateAtThatZxid() {
        harness.follows();
        harness.drain(ask("at least", get(new ReadStamp(null, 0, Zxid.of(ReplicaHarness.EPOCH, 1)))));
        assertThat(harness.reply("at least")).isNull();

        Zxid zxid = harness.deliver(expiry());

        assertThat(harness.reply("at least")).isInstanceOf(ServerReply.Data.class);
        assertThat(harness.reply("at least").zxid()).isEqualTo(zxid);
    }

    @Test
    void everyKindOfLinearizableReadIsAnsweredOnlyAfterAQuorumConfirmedTheLeader() {
        harness.leads();
        harness.drain(
                ask("get", get(linearizable())),
                ask("exists", new ClientRequest.Exists(ZnodePath.of("/none"), linearizable())),
                ask("children", new ClientRequest.Children(PATH, null, null, linearizable())));
        assertThat(harness.reply("get")).isNull();
        assertThat(harness.reply("exists")).isNull();
        assertThat(harness.reply("children")).isNull();

        harness.proven();

        assertThat(harness.reply("get")).isInstanceOf(ServerReply.Data.class);
        assertThat(harness.reply("exists")).isEqualTo(new ServerReply.Existence(Zxid.ZERO, null));
        assertThat(harness.reply("children")).isInstanceOf(ServerReply.ChildNames.class);
    }

    @Test
    void aFollowerAsksItsLeaderAndWaitsUntilItHasAppliedTheIndex() {
        harness.follows();
        harness.drain(ask("read", get(linearizable())));
        long token = harness.told(ReadIndexAsked.class).get(0).token();
        Zxid index = Zxid.of(ReplicaHarness.EPOCH, 2);

        harness.deliver(expiry());
        harness.drain(harness.from(new ReadIndexAnswered(ReplicaHarness.EPOCH, token, index)));
        assertThat(harness.reply("read")).isNull();
        harness.deliver(expiry());

        assertThat(harness.reply("read").zxid()).isEqualTo(index);
    }

    @Test
    void withoutALeaderALinearizableReadWaitsForTheNextOne() {
        harness.looks();
        harness.drain(ask("read", get(linearizable())));
        assertThat(harness.reply("read")).isNull();

        harness.leads().proven();

        assertThat(harness.reply("read")).isInstanceOf(ServerReply.Data.class);
    }

    @Test
    void noReadWaitsLongerThanTheBoundHoweverItsWaitIsMadeUp() {
        harness.follows();
        harness.drain(
                ask("at least", get(new ReadStamp(null, 0, Zxid.of(9, 9)))),
                ask("not confirmed", get(linearizable())),
                ask("not applied", get(linearizable())));
        long token = harness.told(ReadIndexAsked.class).get(1).token();
        harness.ticks(WAIT - 1);
        harness.drain(harness.from(new ReadIndexAnswered(ReplicaHarness.EPOCH, token, Zxid.of(9, 9))));
        assertThat(harness.reply("not applied")).isNull();

        harness.ticks(1);

        for (String each : List.of("at least", "not confirmed", "not applied")) {
            assertThat(harness.reply(each)).as(each).isInstanceOfSatisfying(ServerReply.Refused.class, refused -> {
                assertThat(refused.code()).isEqualTo(ErrorCode.READ_TIMEOUT);
                assertThat(refused.zxid()).isEqualTo(harness.state().applied());
            });
        }
    }

    private static ReadStamp linearizable() {
        return new ReadStamp(null, 0, null, true);
    }

    private static ClientRequest get(ReadStamp stamp) {
        return new ClientRequest.GetData(PATH, stamp);
    }

    private static ReplicaInput ask(String name, ClientRequest request) {
        return ReplicaHarness.asks(1, name, request);
    }

    /** Changes nothing. */
    private static Transaction expiry() {
        return new Transaction(
                0,
                new Transaction.Origin(ReplicaHarness.OTHER, 1, 0),
                new Transaction.ExpireSession(new SessionId(99), 99));
    }
}
