package io.fluxkeeper.core.journal;

import static io.fluxkeeper.core.journal.TestJournal.SELF;
import static io.fluxkeeper.core.journal.TestJournal.segments;
import static io.fluxkeeper.core.journal.TestJournal.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What a journal does about a disk that tears, loses and flips: cut what nobody was promised, admit what was. */
class JournalFaultTest {
    private final FaultyFiles files = new FaultyFiles();

    @Test
    void aWriteCutShortAnywhereIsATornTailAndCutInSilence() throws IOException {
        int batchBytes = 64 + 80;
        for (int kept = 0; kept <= batchBytes; kept++) {
            FaultyFiles torn = new FaultyFiles();
            long position = writeFiveAndOneUnsynced(torn);
            torn.cut(segments(torn).get(0), position + kept);
            try (TestJournal journal = TestJournal.open(torn)) {
                assertThat(journal.found.note()).as("%d bytes kept", kept).isEmpty();
                assertThat(journal.found.membership()).isEqualTo(Membership.FOUNDED);
                assertThat(journal.found.entries().size()).isBetween(5, 6);
            }
        }
    }

    /** Gives the position where the unsynced batch begins. */
    private static long writeFiveAndOneUnsynced(FaultyFiles files) throws IOException {
        TestJournal journal = TestJournal.founded(files);
        journal.appendEntries(5);
        long position = used(files.bytes(segments(files).get(0)));
        files.failForce(1);
        assertThatThrownBy(() -> journal.appendEntry("never acknowledged")).hasMessage("Input/output error");
        files.die();
        return position;
    }

    private static long used(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return BatchHeader.padded(end);
    }

    @Test
    void aTornTailThatWasCutNeverComesBack() throws IOException {
        long position = writeFiveAndOneUnsynced(files);
        files.flipBit(segments(files).get(0), position + 70, 3);
        TestJournal.open(files).close();
        TestJournal journal = TestJournal.open(files);
        Entry other = journal.appendEntry("in its place");
        journal.close();
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.note()).isEmpty();
        assertThat(found.last()).isEqualTo(other.zxid());
        assertThat(texts(found.entries())).last().isEqualTo("1:6 in its place");
    }

    @Test
    void nothingRestsOnWhatOnlyTheOperatingSystemStillHeld() throws IOException {
        for (int force = 1; force <= 6; force++) {
            FaultyFiles disk = new FaultyFiles();
            writeFiveAndOneUnsynced(disk);
            disk.failForce(force);
            assertThatThrownBy(() -> TestJournal.open(disk)).isInstanceOf(IOException.class);
            disk.crash(new SplittableRandom(3));
            JournalRecovery found = TestJournal.read(disk);
            assertThat(found.note()).as("failure %d", force).isEmpty();
            assertThat(found.entries()).hasSizeBetween(5, 6);
        }
    }

    /** A killed process leaves the newest slot in the operating system's memory, and the next start writes over the other. */
    @Test
    void aPowerFailureAtTheStartAfterAKillTakesNoVote() throws IOException {
        for (int force = 1; force <= 7; force++) {
            for (int seed = 0; seed < 50; seed++) {
                FaultyFiles disk = new FaultyFiles();
                TestJournal.founded(disk).appendEntries(3);
                disk.die();
                disk.failForce(force);
                assertThatThrownBy(() -> TestJournal.open(disk)).isInstanceOf(IOException.class);
                disk.crash(new SplittableRandom(seed));

                JournalRecovery found = TestJournal.read(disk);

                assertThat(found.note()).as("force %d, seed %d", force, seed).isEmpty();
                assertThat(found.membership()).isEqualTo(Membership.FOUNDED);
                assertThat(found.entries()).hasSize(3);
            }
        }
    }

    @Test
    void damageOfAnAcknowledgedBatchMakesALearner() throws IOException {
        writeAndDamageTheThirdEntry();
        try (TestJournal journal = TestJournal.open(files)) {
            assertThat(journal.found.membership()).isEqualTo(Membership.LEARNER);
            assertThat(journal.found.ensembleId()).isEqualTo(77);
            assertThat(journal.found.entries()).hasSize(2);
            assertThat(journal.found.acceptedEpoch())
                    .as("a promise behind the damage")
                    .isEqualTo(6);
            assertThat(journal.found.note())
                    .isEqualTo("Batch 5 of the journal cannot be read, and batches up to 13 were acknowledged:"
                            + " this peer does not vote until it has healed from the others.");
        }
        JournalRecovery again = TestJournal.read(files);
        assertThat(again.note()).as("the damage is dealt with").isEmpty();
        assertThat(again.membership()).isEqualTo(Membership.LEARNER);
        assertThat(again.acceptedEpoch()).isEqualTo(6);
    }

    /** The position of another leader's history, which damage took, is none in what this peer had before it joined that. */
    @Test
    void whatALostBatchKnewToBeCommittedCountsForNothingEver() throws IOException {
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(3);
            long position = used(files.bytes(segments(files).get(0)));
            journal.truncateAfter(Zxid.of(1, 1));
            Entry decided = journal.next(Zxid.of(2, 1), "decided");
            journal.append(List.of(new DurableRecord.Append(decided)));
            journal.journal.idle(decided.zxid());
            files.flipBit(segments(files).get(0), position + 70, 3);
        }
        for (int start = 1; start <= 3; start++) {
            try (TestJournal journal = TestJournal.open(files)) {
                assertThat(journal.found.membership()).isEqualTo(Membership.LEARNER);
                assertThat(texts(journal.found.entries())).hasSize(3);
                assertThat(journal.found.committed()).as("start %d", start).isEqualTo(Zxid.ZERO);
            }
        }
    }

    @Test
    void damageIsFoundWithoutASidecarSlotByWhatLaterBatchesSay() throws IOException {
        writeAndDamageTheThirdEntry();
        damageSlot(0);
        damageSlot(1);
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.membership()).isEqualTo(Membership.LEARNER);
        assertThat(found.note()).startsWith("Batch 5 of the journal cannot be read, and batches up to 12");
    }

    @Test
    void aLearnerByDamageCanBecomeAVoterAgain() throws IOException {
        writeAndDamageTheThirdEntry();
        try (TestJournal journal = TestJournal.open(files)) {
            journal.install("state-healed.mv", Zxid.of(6, 1), 99);
            journal.append(List.of(new DurableRecord.MembershipMark(Membership.FOUNDED, 77)));
        }
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.membership()).isEqualTo(Membership.FOUNDED);
        assertThat(found.note()).isEmpty();
        assertThat(found.base()).isEqualTo(Zxid.of(6, 1));
    }

    @Test
    void aPeerThatIsAloneRefusesToStartOnDamage() throws IOException {
        writeAndDamageTheThirdEntry();
        assertThatThrownBy(() -> JournalRecovery.read(files, SELF, true, false))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("Batch 5 of the journal cannot be read, and batches up to 13 were acknowledged"
                        + " (data directory memory): restore a backup, or start once with --accept-loss"
                        + " to go on with what is left.");
    }

    @Test
    void theOperatorMayAcceptTheLossOnce() throws IOException {
        writeAndDamageTheThirdEntry();
        try (TestJournal journal = TestJournal.openAcceptingLoss(files)) {
            assertThat(journal.found.membership()).isEqualTo(Membership.FOUNDED);
            assertThat(journal.found.note()).endsWith("acknowledged writes may be lost.");
            journal.appendEntry("after the loss");
        }
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.note()).isEmpty();
        assertThat(found.membership()).isEqualTo(Membership.FOUNDED);
        assertThat(found.entries()).hasSize(3);
    }

    @Test
    void aVoteLostBeforeComesBackWhenTheOperatorAcceptsTheLoss() throws IOException {
        writeAndDamageTheThirdEntry();
        TestJournal.open(files).close();
        TestJournal.openAcceptingLoss(files).close();
        assertThat(TestJournal.read(files).membership()).isEqualTo(Membership.FOUNDED);
    }

    @Test
    void aCrashInTheMiddleOfDealingWithDamageLeavesItDamaged() throws IOException {
        for (int force = 1; force <= 6; force++) {
            FaultyFiles damaged = new FaultyFiles();
            writeAndDamageTheThirdEntry(damaged);
            damaged.failForce(force);
            assertThatThrownBy(() -> TestJournal.open(damaged)).isInstanceOf(IOException.class);
            damaged.crash(new SplittableRandom(force));
            try (TestJournal journal = TestJournal.open(damaged)) {
                assertThat(journal.found.membership()).as("failure %d", force).isEqualTo(Membership.LEARNER);
                assertThat(journal.found.entries()).hasSize(2);
            }
        }
    }

    private void writeAndDamageTheThirdEntry() throws IOException {
        writeAndDamageTheThirdEntry(files);
    }

    /** Batch 1 is the start, 2 the founding, 3 to 12 are entries, 13 is a promise. */
    private static void writeAndDamageTheThirdEntry(FaultyFiles files) throws IOException {
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(2);
            long position = used(files.bytes(segments(files).get(0)));
            journal.appendEntries(8);
            journal.append(List.of(new DurableRecord.Epochs(6, 5)));
            files.flipBit(segments(files).get(0), position + 100, 2);
        }
    }

    private void damageSlot(int index) {
        files.flipBit(Sidecar.NAME, (long) index * Sidecar.SLOT_STRIDE + 20, 1);
    }

    @Test
    void oneDamagedSlotDoesNoHarm() throws IOException {
        for (int slot = 0; slot < 2; slot++) {
            FaultyFiles disk = new FaultyFiles();
            try (TestJournal journal = TestJournal.founded(disk)) {
                journal.appendEntries(3);
                journal.journal.idle(Zxid.ZERO);
            }
            disk.flipBit(Sidecar.NAME, (long) slot * Sidecar.SLOT_STRIDE + 20, 1);
            assertThat(TestJournal.read(disk).note()).isEmpty();
        }
    }

    @Test
    void withBothSlotsDamagedNobodyKnowsWhatIsMissing() throws IOException {
        TestJournal.founded(files).close();
        damageSlot(0);
        damageSlot(1);
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.membership()).isEqualTo(Membership.LEARNER);
        assertThat(found.note())
                .isEqualTo("Both slots of journal.state are damaged, so nobody knows how long the journal was:"
                        + " this peer does not vote until it has healed from the others.");
    }

    @Test
    void aWholeSegmentThatVanishedIsDamage() throws IOException {
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(200);
        }
        files.delete(segments(files).get(2));
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.membership()).isEqualTo(Membership.LEARNER);
        assertThat(found.entries()).isNotEmpty().hasSizeLessThan(200);
    }

    @Test
    void aFoundedPeerRefusesToStartWithoutItsJournalOrSidecar() throws IOException {
        TestJournal.founded(files).close();
        byte[] sidecar = files.bytes(Sidecar.NAME);
        files.delete(Sidecar.NAME);
        assertThatThrownBy(() -> TestJournal.read(files))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The data directory memory of a founded peer lacks journal.state: restore it, or empty the"
                        + " directory so that the peer comes back as a learner, or start once with --accept-loss.");
        assertThatThrownBy(() -> JournalRecovery.read(files, SELF, true, false))
                .as("with nobody to learn from, an empty directory is all lost")
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The data directory memory of a founded peer lacks journal.state: restore it, or start once"
                        + " with --accept-loss.");
        FaultyFiles other = new FaultyFiles();
        try (FileSystemPort.OpenFile file = other.create(Sidecar.NAME)) {
            file.write(0, ByteBuffer.wrap(sidecar));
        }
        assertThatThrownBy(() -> TestJournal.read(other))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("lacks the journal (journal-*.log): restore it");
    }

    @Test
    void anotherPeersDirectoryIsRefused() throws IOException {
        TestJournal.founded(files).close();
        assertThatThrownBy(() -> JournalRecovery.read(files, new PeerId(2), false, false))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The data directory memory belongs to peer 1, and this is peer 2:"
                        + " correct the peer id or the data directory.");
        files.delete(Sidecar.NAME);
        assertThatThrownBy(() -> JournalRecovery.read(files, new PeerId(2), false, false))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The journal in memory belongs to peer 1, and this is peer 2:"
                        + " correct the peer id or the data directory.");
    }

    @Test
    void aJournalAndASidecarOfTwoEnsemblesAreRefused() throws IOException {
        TestJournal.founded(files).close();
        FaultyFiles other = new FaultyFiles();
        try (TestJournal journal = TestJournal.open(other)) {
            journal.append(List.of(new DurableRecord.MembershipMark(Membership.FOUNDED, 78)));
        }
        files.delete(Sidecar.NAME);
        try (FileSystemPort.OpenFile file = files.create(Sidecar.NAME)) {
            file.write(0, ByteBuffer.wrap(other.bytes(Sidecar.NAME)));
        }
        assertThatThrownBy(() -> TestJournal.read(files))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage(
                        "The data directory memory holds a journal of ensemble 77 and a journal.state of ensemble 78:"
                                + " restore the files that belong together.");
    }

    @Test
    void aNewerFormatIsRefused() throws IOException {
        TestJournal.founded(files).close();
        FaultyFiles newer = new FaultyFiles();
        byte[] bytes = files.bytes(segments(files).get(0));
        bytes[5] = 2;
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, 60);
        ByteBuffer.wrap(bytes).putInt(60, (int) crc.getValue());
        try (FileSystemPort.OpenFile file = newer.create(segments(files).get(0))) {
            file.write(0, ByteBuffer.wrap(bytes));
        }
        assertThatThrownBy(() -> TestJournal.read(newer))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessage("The journal in memory has format 2; this version reads up to 1: start a newer version.");
    }

    @Test
    void afterAFailedFsyncTheJournalIsNotUsedAgain() throws IOException {
        TestJournal journal = TestJournal.founded(files);
        files.failForce(1);
        assertThatThrownBy(() -> journal.appendEntry("lost")).hasMessage("Input/output error");
        assertThatThrownBy(() -> journal.appendEntry("more"))
                .isInstanceOf(Invariant.Broken.class)
                .hasMessage("the journal is used after an error");
        assertThatThrownBy(() -> journal.journal.idle(Zxid.ZERO)).isInstanceOf(Invariant.Broken.class);
        journal.close();
    }

    @Test
    void aFullDiskLosesNothingThatWasAcknowledged() throws IOException {
        TestJournal journal = TestJournal.founded(files);
        journal.appendEntries(3);
        files.setFreeBytes(100);
        assertThat(journal.journal.freeBytes()).isEqualTo(100);
        assertThatThrownBy(() -> journal.appendEntries(500)).hasMessage("No space left on device");
        List<String> written = texts(journal.history);
        files.die();
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.note()).isEmpty();
        assertThat(texts(found.entries())).isEqualTo(written.subList(0, written.size() - 1));
    }

    @Test
    void oneFsyncServesAGroupOfBatches() throws IOException {
        TestJournal journal = TestJournal.founded(files);
        JournalBatch[] group = new JournalBatch[10];
        for (int i = 0; i < group.length; i++) {
            group[i] = journal.batch(List.of(new DurableRecord.Append(journal.next("x"))));
        }
        int before = files.forces();
        journal.append(group);
        assertThat(files.forces()).isEqualTo(before + 1);
    }

    @Test
    void anyFlippedBitIsFoundOrDoesNoHarm() throws IOException {
        SplittableRandom random = new SplittableRandom(11);
        int found = 0;
        for (int flip = 0; flip < 300; flip++) {
            FaultyFiles disk = new FaultyFiles();
            List<String> written;
            try (TestJournal journal = TestJournal.founded(disk)) {
                journal.appendEntries(60);
                written = texts(journal.history);
            }
            List<String> names = disk.list();
            String name = names.get(random.nextInt(names.size()));
            int position = random.nextInt(disk.bytes(name).length);
            disk.flipBit(name, position, random.nextInt(8));
            JournalRecovery read = TestJournal.read(disk);
            List<String> kept = texts(read.entries());
            assertThat(written.subList(0, kept.size()))
                    .as("%s at %d", name, position)
                    .isEqualTo(kept);
            if (kept.size() < written.size()) {
                assertThat(read.membership()).as("%s at %d", name, position).isNotEqualTo(Membership.FOUNDED);
                assertThat(read.note()).isNotEmpty();
                found++;
            }
        }
        assertThat(found).isGreaterThan(100);
    }
}
