package io.fluxkeeper.core.consensus.zab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodecContract;
import io.fluxkeeper.core.consensus.Role;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every message of Zab as bytes, and bytes that are none. */
class ZabCodecTest extends PeerMessageCodecContract {
    private static final Bond BOND = new Bond(7, 3);
    private static final Zxid LAST = Zxid.of(6, 41);

    ZabCodecTest() {
        super(new ZabCodec(), 1, 63);
    }

    @Override
    protected Class<? extends PeerMessage> family() {
        return ZabMessage.class;
    }

    @Override
    protected Stream<PeerMessage> messages() {
        return Stream.of(
                new Introduction(Membership.FOUNDING, 99),
                new ZabMessage.Vote(Role.LOOKING, 5, new Candidate(6, LAST, new PeerId(255))),
                new ZabMessage.Vote(Role.LEADING, 5, null),
                new ZabMessage.FollowerInfo(99, 3, 6, true),
                new ZabMessage.LeaderInfo(BOND),
                new ZabMessage.AckEpoch(BOND, true, 6, LAST, -1),
                new ZabMessage.Diff(BOND, LAST, 17),
                new ZabMessage.Trunc(BOND, LAST, 17),
                new ZabMessage.TruncRefused(BOND, LAST, 17),
                new ZabMessage.TruncRefused(BOND, null, 0),
                new ZabMessage.Snap(BOND, 12, LAST, 17, -18),
                new ZabMessage.SyncProgress(BOND, LAST),
                new ZabMessage.NewLeader(BOND, LAST, 17),
                new ZabMessage.AckNewLeader(BOND, LAST),
                new ZabMessage.UpToDate(BOND, LAST),
                new ZabMessage.Proposals(BOND, List.of()),
                proposals(),
                new ZabMessage.Ack(BOND, LAST),
                new ZabMessage.Commit(BOND, LAST),
                new ZabMessage.Ping(BOND, 8),
                new ZabMessage.Pong(BOND, 8, false),
                new ZabMessage.Pong(BOND, 9, true),
                new ZabMessage.Admit(BOND),
                new ZabMessage.TakeOver(BOND));
    }

    private static ZabMessage.Proposals proposals() {
        Entry first = Entry.after(LAST, 17, Zxid.of(7, 1), ZabCluster.bytes("one"));
        Entry second = Entry.after(first.zxid(), first.chain(), Zxid.of(7, 2), new byte[0]);
        return new ZabMessage.Proposals(BOND, List.of(first, second));
    }

    @Test
    void entriesKeepPayloadChainAndOrder() {
        ZabMessage.Proposals back = (ZabMessage.Proposals) read(write(proposals()));

        assertThat(back).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(proposals());
        assertThat(back.entries().get(0).isChainedTo(LAST, 17)).isTrue();
    }
}
