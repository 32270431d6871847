package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.journal.DataDirectoryException;
import io.fluxkeeper.core.journal.DiskFiles;
import io.fluxkeeper.core.journal.FaultyFiles;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.store.MvStateStores;
import io.fluxkeeper.core.store.StateDelta;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.store.VersionedStateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts of a peer, after every kind of end. */
class PeerRecoveryTest {
    private static final PeerId SELF = new PeerId(1);
    private static final JournalSettings SMALL = new JournalSettings(4096, 1024);

    private final FaultyFiles files = new FaultyFiles();
    private final VersionedStateFiles stores = new VersionedStateFiles();

    @Test
    void aFirstStartGivesAnEmptyPeer() throws IOException {
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.NONE);
            assertThat(peer.log().entries()).isEmpty();
            assertThat(peer.log().applied()).isEqualTo(Zxid.ZERO);
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.recovered.lastBatch()).isEqualTo(1);
            assertThat(stores.names()).containsExactly("state-0000000000000000.mv");
        }
    }

    @Test
    void aRestartExecutesWhatIsKnownCommittedAndNothingElse() throws IOException {
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(5);
            peer.recovered.journal().idle(Zxid.of(1, 3));
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.log().last()).isEqualTo(Zxid.of(1, 5));
            assertThat(peer.log().committed()).isEqualTo(Zxid.of(1, 3));
            assertThat(peer.log().applied()).isEqualTo(Zxid.of(1, 3));
            assertThat(peer.recovered.state().applied()).isEqualTo(Zxid.of(1, 3));
            assertThat(peer.recovered.state().sessions()).hasSize(3);
        }
    }

    @Test
    void whatARestartExecutesReachesTheStoreToo() throws IOException {
        long digest;
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(5);
            peer.recovered.journal().idle(Zxid.of(1, 5));
        }
        try (StartedPeer peer = start()) {
            digest = peer.recovered.state().digest();
            peer.recovered.store().commit();
            assertThat(peer.recovered.store().meta().applied()).isEqualTo(Zxid.of(1, 5));
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.recovered.store().meta().applied()).isEqualTo(Zxid.of(1, 5));
            assertThat(peer.recovered.state().digest()).isEqualTo(digest);
            assertThat(peer.recovered.state().sessions()).hasSize(5);
        }
    }

    @Test
    void aStateWhoseJournalWasTrimmedIsLoaded() throws IOException {
        trimmedPeer();
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.log().base()).isGreaterThan(Zxid.ZERO);
            assertThat(peer.log().applied()).isEqualTo(Zxid.of(1, 60));
            assertThat(peer.recovered.state().sessions()).hasSize(60);
        }
    }

    @Test
    void aSecondProcessIsToldThatTheDirectoryIsInUse() throws IOException {
        try (StartedPeer peer = start()) {
            assertThatThrownBy(this::start)
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessage("The data directory memory is in use by another process:"
                            + " stop that one, or give this peer a directory of its own.");
        }
        start().close();
    }

    @Test
    void aRefusedStartGivesTheDirectoryFree() throws IOException {
        start().close();
        PeerRecovery.Options other =
                new PeerRecovery.Options(new PeerId(2), Algorithm.ZAB, EnsembleSettings.DEFAULT, false, false, SMALL);
        for (int twice = 0; twice < 2; twice++) {
            assertThatThrownBy(() -> PeerRecovery.start(files, stores, other))
                    .isInstanceOf(DataDirectoryException.class)
                    .hasMessageContaining("belongs to peer 1");
        }
    }

    @Test
    void aNewDirectorySaysWhichAlgorithmItIsOf() throws IOException {
        PeerRecovery.start(files, stores, with(Algorithm.MULTI_PAXOS)).close();

        assertThat(new String(files.bytes("peer.consensus"), StandardCharsets.UTF_8))
                .isEqualTo("multi-paxos\n");
        PeerRecovery.start(files, stores, with(Algorithm.MULTI_PAXOS)).close();
    }

    @Test
    void aDirectoryOfTheOtherAlgorithmIsRefusedInOneLine() throws IOException {
        start().close();

        assertThatThrownBy(() -> PeerRecovery.start(files, stores, with(Algorithm.MULTI_PAXOS)))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The data directory memory was written with zab, and this peer is to run multi-paxos:"
                        + " start it with --consensus=zab, or give it a directory of its own.");
        start().close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ifThatFileIsLostOrDamagedTheJournalTells(boolean damaged) throws IOException {
        try (PeerRecovery.Recovered paxos = PeerRecovery.start(files, stores, with(Algorithm.MULTI_PAXOS))) {
            paxos.journal()
                    .append(List.of(new JournalBatch(
                            paxos.lastBatch() + 1,
                            Zxid.ZERO,
                            List.of(
                                    new DurableRecord.Promised(257),
                                    new DurableRecord.Accepted(257, Zxid.of(0, 1), new byte[0])))));
        }
        if (damaged) {
            files.flipBit("peer.consensus", 3, 2);
        } else {
            files.delete("peer.consensus");
        }

        assertThatThrownBy(this::start).hasMessageContaining("was written with multi-paxos");
        PeerRecovery.start(files, stores, with(Algorithm.MULTI_PAXOS)).close();
    }

    private static PeerRecovery.Options with(Algorithm consensus) {
        return new PeerRecovery.Options(SELF, consensus, EnsembleSettings.DEFAULT, false, false, SMALL);
    }

    @Test
    void aDamagedStateIsRebuiltFromACompleteJournal() throws IOException {
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(5);
            peer.commitState(Zxid.of(1, 5));
            peer.recovered.journal().idle(Zxid.of(1, 5));
        }
        damageState();
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note()).endsWith("rebuilt from the journal, which is complete.");
            assertThat(peer.recovered.state().sessions()).hasSize(5);
            assertThat(stores.names()).containsExactly("state-0000000000000000-1.mv");
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.log().note()).isEmpty();
        }
    }

    @Test
    void aDamagedStateThatTheJournalCannotRebuildMakesALearnerWithoutHistory() throws IOException {
        trimmedPeer();
        damageState();
        for (String note : List.of("does not vote until it has healed from the others.", "")) {
            try (StartedPeer peer = start()) {
                assertThat(peer.log().note()).endsWith(note);
                assertThat(peer.log().membership()).isEqualTo(Membership.LEARNER);
                assertThat(peer.log().ensembleId()).isEqualTo(77);
                assertThat(peer.log().acceptedEpoch()).isEqualTo(3);
                assertThat(peer.log().last()).isEqualTo(Zxid.ZERO);
                assertThat(peer.recovered.state().sessions()).isEmpty();
            }
        }
    }

    @Test
    void aPeerThatIsAloneDoesNotStartOnADamagedState() throws IOException {
        trimmedPeer();
        damageState();
        PeerRecovery.Options alone =
                new PeerRecovery.Options(SELF, Algorithm.ZAB, EnsembleSettings.DEFAULT, true, false, SMALL);
        assertThatThrownBy(() -> PeerRecovery.start(files, stores, alone))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageStartingWith("The state file state-0000000000000000.mv is damaged")
                .hasMessageEndingWith("start once with --accept-loss to go on with what is left.");
        assertThat(stores.names()).hasSize(1);
    }

    @Test
    void aFoundedPeerDoesNotStartWithoutItsStateFile() throws IOException {
        trimmedPeer();
        stores.delete("state-0000000000000000.mv");
        assertThatThrownBy(this::start)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageStartingWith("The data directory memory of a founded peer lacks state-0000000000000000.mv");
    }

    @Test
    void theStateInstalledLastCountsAndOthersAreDeleted() throws IOException {
        String file;
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(2);
            file = stores.receive().finish(new StateMeta(Zxid.ZERO, 0, 0));
            peer.append(new DurableRecord.StateInstalled(file, Zxid.ZERO, 0, 0));
            peer.append(new DurableRecord.Epochs(4, 4));
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.recovered.store().fileName()).isEqualTo(file);
            assertThat(stores.names()).containsExactly(file);
            assertThat(peer.log().entries()).isEmpty();
        }
    }

    @Test
    void aStateAheadOfADamagedJournalIsWhereTheLearnerBegins() throws IOException {
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(5);
            peer.commitState(Zxid.of(1, 5));
        }
        files.flipBit(files.list().get(0), 200, 1);
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.LEARNER);
            assertThat(peer.log().base()).isEqualTo(Zxid.of(1, 5));
            assertThat(peer.log().last()).isEqualTo(Zxid.of(1, 5));
            assertThat(peer.recovered.state().sessions()).hasSize(5);
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.log().last()).isEqualTo(Zxid.of(1, 5));
        }
    }

    @Test
    void aStateOfAnotherHistoryIsNotUsed() throws IOException {
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(5);
            peer.recovered.store().fold(new StateDelta(Zxid.of(1, 2), 666, 0, List.of()));
            peer.recovered.store().commit();
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.LEARNER);
            assertThat(peer.log().note()).startsWith("Journal and state file are not of one history at 1:2");
            assertThat(peer.log().entries()).isEmpty();
        }
    }

    @Test
    void aPeerOnARealDiskComesBackAsItWas(@TempDir Path directory) throws IOException {
        DiskFiles disk = new DiskFiles(directory.resolve("peer-1"));
        long digest;
        try (StartedPeer peer = new StartedPeer(disk, new MvStateStores(disk, SELF), with(Algorithm.ZAB))) {
            peer.found();
            peer.openSessions(60);
            peer.commitState(Zxid.of(1, 40));
            digest = peer.recovered.state().digest();
        }
        try (StartedPeer peer = new StartedPeer(disk, new MvStateStores(disk, SELF), with(Algorithm.ZAB))) {
            assertThat(peer.log().note()).isEmpty();
            assertThat(peer.log().applied()).isEqualTo(Zxid.of(1, 40));
            assertThat(peer.log().last()).isEqualTo(Zxid.of(1, 60));
            assertThat(peer.recovered.state().digest()).isEqualTo(digest);
        }
    }

    /** Founded, sixty sessions, all in the store, and the journal gone as far as it can go. */
    @Test
    void aStateThatIsDistrustedIsGivenUpOnceAndTheVoteWithIt() throws IOException {
        try (StartedPeer peer = start()) {
            peer.found();
            peer.openSessions(3);
            peer.commitState(Zxid.of(1, 3));
            peer.recovered.journal().distrustState();
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.LEARNER);
            assertThat(peer.log().last()).isEqualTo(Zxid.ZERO);
            assertThat(peer.recovered.state().sessions()).isEmpty();
            assertThat(peer.log().note())
                    .isEqualTo(
                            "The state was found to differ from what a quorum has: this peer does not vote until it has"
                                    + " healed from the others.");
            peer.append(new DurableRecord.MembershipMark(Membership.FOUNDED, 77));
        }
        try (StartedPeer peer = start()) {
            assertThat(peer.log().membership()).isEqualTo(Membership.FOUNDED);
            assertThat(peer.log().note()).isEmpty();
        }
    }

    private void trimmedPeer() throws IOException {
        try (StartedPeer peer = start()) {
            peer.found();
            peer.append(new DurableRecord.Epochs(3, 1));
            peer.openSessions(60);
            peer.commitState(Zxid.of(1, 60));
            peer.recovered.journal().trim(Zxid.of(1, 60));
        }
    }

    private void damageState() {
        assertThat(stores.flipBit("state-0000000000000000.mv", StateTable.SESSIONS, firstSession()))
                .isTrue();
    }

    private String firstSession() {
        StringBuilder key = new StringBuilder();
        try {
            stores.open("state-0000000000000000.mv").load((table, rowKey, value) -> {
                if (table == StateTable.SESSIONS && key.isEmpty()) {
                    key.append(rowKey);
                }
            });
        } catch (IOException damaged) {
            throw new AssertionError(damaged);
        }
        return key.toString();
    }

    private StartedPeer start() throws IOException {
        return new StartedPeer(files, stores, with(Algorithm.ZAB));
    }
}
