package io.fluxkeeper.core.journal;

import static io.fluxkeeper.core.journal.TestJournal.segments;
import static io.fluxkeeper.core.journal.TestJournal.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.Invariant;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.Membership;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a journal keeps, on whatever disk. */
interface JournalContract {
    /** An empty directory, the same one during a test. */
    FileSystemPort files() throws IOException;

    @Test
    default void aNewJournalHoldsNothing() throws IOException {
        JournalRecovery found = TestJournal.read(files());
        assertThat(found.isNew()).isTrue();
        assertThat(found.membership()).isEqualTo(Membership.NONE);
        assertThat(found.entries()).isEmpty();
        assertThat(found.note()).isEmpty();
    }

    @Test
    default void everythingAppendedIsReadBack() throws IOException {
        FileSystemPort files = files();
        List<String> written;
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.append(List.of(new DurableRecord.Epochs(4, 3)));
            journal.appendEntries(3);
            journal.setCommitted(Zxid.of(1, 2));
            Entry one = journal.next("one of two");
            Entry two = journal.next("two of two");
            journal.append(List.of(
                    new DurableRecord.Append(one), new DurableRecord.Append(two), new DurableRecord.Epochs(5, 4)));
            written = texts(journal.history);
        }
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.isNew()).isFalse();
        assertThat(found.membership()).isEqualTo(Membership.FOUNDED);
        assertThat(found.ensembleId()).isEqualTo(77);
        assertThat(found.acceptedEpoch()).isEqualTo(5);
        assertThat(found.currentEpoch()).isEqualTo(4);
        assertThat(found.base()).isEqualTo(Zxid.ZERO);
        assertThat(texts(found.entries())).isEqualTo(written).hasSize(5);
        assertThat(found.committed()).isEqualTo(Zxid.of(1, 2));
        assertThat(found.stateFile()).isEqualTo("state-0.mv");
        assertThat(found.note()).isEmpty();
    }

    @Test
    default void batchNumbersGoOnAfterARestart() throws IOException {
        FileSystemPort files = files();
        long last;
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(3);
            last = journal.journal.lastNumber();
        }
        try (TestJournal journal = TestJournal.open(files)) {
            assertThat(journal.journal.lastNumber()).isEqualTo(last + 1);
        }
    }

    @Test
    default void aFullSegmentIsFollowedByAnother() throws IOException {
        FileSystemPort files = files();
        List<String> written;
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(200);
            written = texts(journal.history);
        }
        assertThat(segments(files)).hasSizeGreaterThan(3);
        assertThat(texts(TestJournal.read(files).entries())).isEqualTo(written).hasSize(200);
    }

    @Test
    default void aGroupOfBatchesMayFillSeveralSegments() throws IOException {
        FileSystemPort files = files();
        List<String> written;
        try (TestJournal journal = TestJournal.founded(files)) {
            JournalBatch[] group = new JournalBatch[150];
            for (int i = 0; i < group.length; i++) {
                group[i] = journal.batch(List.of(new DurableRecord.Append(journal.next("an entry in a large group"))));
            }
            journal.append(group);
            written = texts(journal.history);
        }
        assertThat(segments(files)).hasSizeGreaterThan(2);
        assertThat(texts(TestJournal.read(files).entries())).isEqualTo(written);
    }

    @Test
    default void aBatchLongerThanASegmentGetsOneOfItsOwn() throws IOException {
        FileSystemPort files = files();
        List<String> written;
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntry("short");
            journal.appendEntry("long ".repeat(100_000));
            journal.appendEntry("short again");
            written = texts(journal.history);
        }
        assertThat(texts(TestJournal.read(files).entries())).isEqualTo(written);
    }

    @Test
    default void aTruncationTakesEntriesAwayForGood() throws IOException {
        FileSystemPort files = files();
        List<String> written;
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(100);
            journal.truncateAfter(Zxid.of(1, 40));
            journal.append(List.of(new DurableRecord.Append(journal.next(Zxid.of(2, 1), "of the next epoch"))));
            journal.appendEntries(50);
            written = texts(journal.history);
        }
        assertThat(texts(TestJournal.read(files).entries())).isEqualTo(written).hasSize(91);
    }

    @Test
    default void anInstalledStateMakesWhatWasBeforeVoid() throws IOException {
        FileSystemPort files = files();
        List<String> written;
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(20);
            journal.install("state-new.mv", Zxid.of(3, 7), 1234);
            journal.appendEntries(5);
            written = texts(journal.history);
        }
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.stateFile()).isEqualTo("state-new.mv");
        assertThat(found.base()).isEqualTo(Zxid.of(3, 7));
        assertThat(found.baseChain()).isEqualTo(1234);
        assertThat(texts(found.entries())).isEqualTo(written).hasSize(5);
    }

    @Test
    default void trimmingDeletesWholeSegmentsAndKeepsTheHardState() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.append(List.of(new DurableRecord.Epochs(9, 8)));
            journal.appendEntries(200);
            int before = segments(files).size();
            journal.journal.trim(Zxid.of(1, 120));
            assertThat(segments(files)).hasSizeLessThan(before);
        }
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.base().counter()).isBetween(60L, 120L);
        assertThat(found.entries().get(0).previous()).isEqualTo(found.base());
        assertThat(found.last()).isEqualTo(Zxid.of(1, 200));
        assertThat(found.acceptedEpoch()).isEqualTo(9);
        assertThat(found.membership()).isEqualTo(Membership.FOUNDED);
        assertThat(found.stateFile()).isEqualTo("state-0.mv");
        assertThat(found.note()).isEmpty();
    }

    @Test
    default void trimmingKeepsSegmentsThatALaterTruncationReachesInto() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(100);
            int before = segments(files).size();
            journal.truncateAfter(Zxid.of(1, 5));
            journal.journal.trim(Zxid.of(1, 100));
            // Of the segments before the truncation, only one that ends at or before 1:5 could go.
            assertThat(segments(files).size()).isGreaterThanOrEqualTo(before);
            journal.append(List.of(new DurableRecord.Append(journal.next(Zxid.of(2, 1), "after the cut"))));
        }
        assertThat(texts(TestJournal.read(files).entries())).hasSize(6).last().isEqualTo("2:1 after the cut");
    }

    @Test
    default void trimmingNeverTakesTheSegmentWrittenTo() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(100);
            journal.journal.trim(Zxid.of(9, 9));
            journal.appendEntries(1);
        }
        assertThat(TestJournal.read(files).last()).isEqualTo(Zxid.of(1, 101));
    }

    /** A kill came between two deletions: the segments left over begin with entries that a truncation takes away. */
    @Test
    default void whatIsLeftOfATrimThatWasCutShortIsNoBeginning() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(6);
        }
        try (TestJournal journal = TestJournal.open(files)) {
            journal.truncateAfter(Zxid.of(1, 4));
            journal.append(List.of(new DurableRecord.Append(journal.next(Zxid.of(2, 1), "after the cut"))));
            journal.appendEntries(60);
        }
        requireStartWithoutFirstSegment(files, Zxid.of(2, 61));
    }

    /** Likewise, and the segment left over does not know the chain it goes on from. */
    @Test
    default void norIsASegmentThatBeginsRightAfterATruncation() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(6);
            journal.truncateAfter(Zxid.of(1, 4));
            for (int epoch = 1; segments(files).size() < 2; epoch++) {
                journal.append(List.of(new DurableRecord.Epochs(epoch, epoch)));
            }
            journal.append(List.of(new DurableRecord.Append(journal.next(Zxid.of(2, 1), "after the cut"))));
            journal.appendEntries(60);
        }
        requireStartWithoutFirstSegment(files, Zxid.of(2, 61));
    }

    private static void requireStartWithoutFirstSegment(FileSystemPort files, Zxid last) throws IOException {
        List<String> before = segments(files);
        assertThat(before).hasSizeGreaterThan(2);
        files.delete(before.get(0));

        try (TestJournal journal = TestJournal.open(files)) {
            assertThat(journal.found.note()).isEmpty();
            assertThat(journal.found.membership()).isEqualTo(Membership.FOUNDED);
            assertThat(journal.found.last()).isEqualTo(last);
            assertThat(journal.found.base()).isBetween(Zxid.of(2, 1), last);
            assertThat(segments(files)).doesNotContain(before.get(1)).contains(before.get(2));
        }
        assertThat(TestJournal.read(files).last()).isEqualTo(last);
    }

    @Test
    default void anIdleJournalRemembersWhatWasCommitted() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(3);
            journal.journal.idle(Zxid.of(1, 3));
        }
        assertThat(TestJournal.read(files).committed()).isEqualTo(Zxid.of(1, 3));
    }

    @Test
    default void manyStartsWithoutAWriteLoseNothing() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(3);
            journal.append(List.of(new DurableRecord.Epochs(2, 1)));
        }
        for (int i = 0; i < 5; i++) {
            TestJournal.open(files).close();
        }
        JournalRecovery found = TestJournal.read(files);
        assertThat(found.entries()).hasSize(3);
        assertThat(found.acceptedEpoch()).isEqualTo(2);
        assertThat(found.note()).isEmpty();
    }

    @Test
    default void aGapIsRefusedBeforeItIsWritten() throws IOException {
        FileSystemPort files = files();
        try (TestJournal journal = TestJournal.founded(files)) {
            journal.appendEntries(3);
            Entry stray = Entry.after(Zxid.of(1, 4), 17, Zxid.of(1, 5), TestJournal.payload("stray"));
            assertThatThrownBy(() -> journal.append(List.of(new DurableRecord.Append(stray))))
                    .isInstanceOf(Invariant.Broken.class)
                    .hasMessage("gap in the journal: entry 1:5 (after 1:4) comes after 1:3");
        }
        assertThat(TestJournal.read(files).entries()).hasSize(3);
    }

    @Test
    default void aBatchOutOfTurnIsRefused() throws IOException {
        try (TestJournal journal = TestJournal.founded(files())) {
            JournalBatch late = new JournalBatch(journal.journal.lastNumber() + 2, Zxid.ZERO, List.of());
            assertThatThrownBy(() -> journal.append(late)).isInstanceOf(Invariant.Broken.class);
        }
    }
}
