package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.journal.DataDirectoryException;
import io.fluxkeeper.core.journal.FaultyFiles;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.VersionedStateFiles;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A peer that is alone, damaged, and told to go on with what is left: nothing that is left may be thrown away. */
class AcceptLossTest {
    private static final String STATE = "state-0000000000000000.mv";

    private final FaultyFiles files = new FaultyFiles();
    private final VersionedStateFiles stores = new VersionedStateFiles();

    @Test
    void aStateThatTheJournalBeginsAfterIsWhereHistoryGoesOn() throws IOException {
        trimmedPeer();
        stores.loseNewestVersion(STATE);
        assertThatThrownBy(() -> start(false))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageStartingWith("The journal begins at 1:")
                .hasMessageContaining(", after the state at 1:20");
        requireGoesOnFromState(20);
    }

    @Test
    void soIsAStateWhoseJournalHasLostItsBeginning() throws IOException {
        trimmedPeer();
        files.zero(files.list().get(0), 0, 64);
        assertThatThrownBy(() -> start(false)).isInstanceOf(DataDirectoryException.class);
        requireGoesOnFromState(60);
    }

    @Test
    void soIsAStateThatIsNotOfTheJournalsHistory() throws IOException {
        try (StartedPeer peer = start(false)) {
            peer.found();
            peer.openSessions(30);
            peer.commitState(Zxid.of(1, 20));
            long digest = peer.recovered.state().digest();
            peer.recovered.store().fold(new StateDelta(Zxid.of(1, 20), 666, digest, List.of()));
            peer.recovered.store().commit();
        }
        assertThatThrownBy(() -> start(false)).hasMessageStartingWith("Journal and state file are not of one history");
        requireGoesOnFromState(20);
    }

    private void requireGoesOnFromState(int sessions) throws IOException {
        Zxid applied = Zxid.of(1, sessions);
        try (StartedPeer peer = start(true)) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note())
                    .contains("acknowledged writes may be lost")
                    .endsWith("History goes on from the state in " + STATE + ", at " + applied + ".");
            assertThat(peer.log().base()).isEqualTo(applied);
            assertThat(peer.log().last()).isEqualTo(applied);
            assertThat(peer.recovered.state().sessions()).hasSize(sessions);
            assertThat(stores.names()).containsExactly(STATE);
            peer.openSessions(1);
        }
        try (StartedPeer peer = start(false)) {
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.log().last()).isEqualTo(applied.next());
            assertThat(peer.recovered.state().sessions()).hasSize(sessions);
        }
    }

    @Test
    void aDamagedStateIsKeptForTheOperator() throws IOException {
        trimmedPeer();
        stores.damage(STATE, VersionedStateFiles.Damage.UNREADABLE, new SplittableRandom(1));
        try (StartedPeer peer = start(true)) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note())
                    .endsWith("history begins with an empty tree, and state files are kept as kept-*.");
            assertThat(peer.log().last()).isEqualTo(Zxid.ZERO);
            assertThat(stores.names()).containsExactly("state-0000000000000000-1.mv");
        }
        start(false).close();
        assertThat(stores.exists("kept-" + STATE)).isTrue();
    }

    /** Founded, states at 1:20 and 1:60, and the journal gone as far as it can go. */
    private void trimmedPeer() throws IOException {
        try (StartedPeer peer = start(false)) {
            peer.found();
            peer.openSessions(60);
            peer.commitState(Zxid.of(1, 20));
            peer.commitState(Zxid.of(1, 60));
            peer.recovered.journal().trim(Zxid.of(1, 60));
        }
    }

    private StartedPeer start(boolean acceptLoss) throws IOException {
        return new StartedPeer(
                files,
                stores,
                new PeerRecovery.Options(
                        new PeerId(1),
                        Algorithm.ZAB,
                        EnsembleSettings.DEFAULT,
                        true,
                        acceptLoss,
                        new JournalSettings(4096, 1024)));
    }
}
