package io.fluxkeeper.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplicaMailboxTest {
    private final AtomicInteger wakeUps = new AtomicInteger();
    private final List<String> handled = new ArrayList<>();

    @Test
    void servesEachLaneInOrderAndGivesEveryLaneItsQuotaInEachRound() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(10, 10, 100, 2));
        for (int i = 1; i <= 3; i++) {
            mailbox.client(input(400 + i));
            mailbox.log(List.of(input(300 + i)), () -> {});
            mailbox.live(input(200 + i));
            mailbox.internal(input(100 + i));
        }

        assertThat(drain(mailbox)).isEqualTo(12);

        assertThat(handled)
                .containsExactly("101", "102", "201", "202", "301", "302", "401", "402", "103", "203", "303", "403");
        assertThat(mailbox.isEmpty()).isTrue();
    }

    @Test
    void refusesAClientBeyondTheBoundAndTakesOneAgainWhenThereIsRoom() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(10, 3, 2, 1));
        IntStream.range(0, 3).forEach(i -> assertThat(mailbox.client(input(i))).isTrue());

        assertThat(mailbox.client(input(3))).isFalse();
        assertThat(mailbox.refused(ReplicaMailbox.LaneName.CLIENTS)).isEqualTo(1);

        assertThat(drain(mailbox)).isEqualTo(2);
        assertThat(mailbox.client(input(4))).isTrue();
        assertThat(mailbox.waiting(ReplicaMailbox.LaneName.CLIENTS)).isEqualTo(2);
    }

    @Test
    void refusesALiveMessageBeyondTheBoundAndNeverAnInternalInput() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(1, 1, 100, 10));
        for (int i = 0; i < 50; i++) {
            mailbox.internal(input(i));
        }

        assertThat(mailbox.live(input(100))).isTrue();
        assertThat(mailbox.live(input(101))).isFalse();
        assertThat(drain(mailbox)).isEqualTo(51);
    }

    @Test
    void releasesTheLogFramesWhoseLastInputTheDrainHasHandledInTheirOrder() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(10, 10, 100, 2));
        mailbox.log(List.of(input(1), input(2), input(3)), () -> handled.add("first frame"));
        mailbox.log(List.of(), () -> handled.add("empty frame"));
        mailbox.log(List.of(input(4)), () -> handled.add("last frame"));
        mailbox.client(input(9));

        drain(mailbox);
        assertThat(handled).containsExactly("1", "2", "9", "3", "4");
        mailbox.releaseFrames();
        mailbox.releaseFrames();

        assertThat(handled)
                .as("each once")
                .containsExactly("1", "2", "9", "3", "4", "first frame", "empty frame", "last frame");
    }

    @Test
    void countsTheMissedTicksOfAPausedReplicaAsOne() {
        ReplicaMailbox mailbox = mailbox(MailboxBounds.DEFAULT);
        mailbox.tick();
        mailbox.tick();
        mailbox.tick();

        drain(mailbox);
        assertThat(handled).containsExactly("tick");

        mailbox.tick();
        drain(mailbox);
        assertThat(handled).containsExactly("tick", "tick");
    }

    @Test
    void endsADrainAtItsBound() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(10, 100, 10, 5));
        IntStream.range(0, 30).forEach(i -> mailbox.client(input(i)));

        assertThat(drain(mailbox)).isEqualTo(10);
        assertThat(mailbox.isEmpty()).isFalse();
    }

    @Test
    void handlesEverythingThatWaitedWithATickBeforeTheDrainEnds() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(10, 100, 10, 5));
        IntStream.range(0, 30).forEach(i -> mailbox.client(input(i)));
        mailbox.log(List.of(input(100), input(101)), () -> {});
        mailbox.tick();

        assertThat(drain(mailbox)).isEqualTo(33);
        assertThat(handled).startsWith("tick").contains("29", "101");
    }

    @Test
    void wakesItsReplicaForEachInputThatItTookAndForNoneThatItRefused() {
        ReplicaMailbox mailbox = mailbox(new MailboxBounds(10, 1, 10, 5));
        mailbox.client(input(1));
        mailbox.client(input(2));
        mailbox.internal(input(3));
        mailbox.live(input(4));
        mailbox.log(List.of(input(5)), () -> {});
        mailbox.tick();
        mailbox.tick();

        assertThat(wakeUps).hasValue(5);
    }

    /** Producers race for a lane of 64 while it is drained: what was taken comes out once, each producer's in order. */
    @Test
    void losesAndDoublesNothingWhenManyProducersRace() throws InterruptedException {
        int producers = 3;
        int inputsEach = 3_000;
        MailboxBounds bounds = new MailboxBounds(64, 64, 128, 16);
        ReplicaMailbox mailbox = new ReplicaMailbox(bounds, () -> {});
        List<Thread> threads = new ArrayList<>();
        for (int producer = 0; producer < producers; producer++) {
            int first = producer * inputsEach;
            threads.add(new Thread(() -> {
                for (int i = 0; i < inputsEach; i++) {
                    while (!mailbox.client(input(first + i))) {
                        Thread.onSpinWait();
                    }
                }
            }));
        }
        threads.forEach(Thread::start);

        int[] next = new int[producers];
        int[] most = new int[1];
        int seen = 0;
        while (seen < producers * inputsEach) {
            most[0] = Math.max(most[0], mailbox.waiting(ReplicaMailbox.LaneName.CLIENTS));
            seen += mailbox.drain(input -> {
                int number = (int) ((ReplicaInput.Cancelled) input).subscription();
                if (number % inputsEach != next[number / inputsEach]++) {
                    throw new AssertionError("out of order: " + number);
                }
            });
            if (mailbox.isEmpty()) {
                Thread.onSpinWait();
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(next).containsOnly(inputsEach);
        assertThat(mailbox.isEmpty()).isTrue();
        assertThat(most[0])
                .as("one over for each producer that is about to be refused")
                .isLessThanOrEqualTo(64 + producers);
    }

    private ReplicaMailbox mailbox(MailboxBounds bounds) {
        return new ReplicaMailbox(bounds, wakeUps::incrementAndGet);
    }

    private int drain(ReplicaMailbox mailbox) {
        return mailbox.drain(input -> handled.add(name(input)));
    }

    private static String name(ReplicaInput input) {
        return input instanceof ReplicaInput.Cancelled numbered
                ? Long.toString(numbered.subscription())
                : input instanceof ReplicaInput.Consensus consensus && consensus.input() instanceof Input.Tick
                        ? "tick"
                        : input.toString();
    }

    private static ReplicaInput input(long number) {
        return new ReplicaInput.Cancelled(number);
    }
}
