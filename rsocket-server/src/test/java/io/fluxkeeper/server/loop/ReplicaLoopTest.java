package io.fluxkeeper.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReplicaLoopTest {
    private final List<String> story = new ArrayList<>();
    private final AtomicLong clock = new AtomicLong(100);
    private final Deque<Runnable> turns = new ArrayDeque<>();
    private final List<String> failures = new ArrayList<>();
    private final ScriptedReplica replica = new ScriptedReplica();
    private final ReplicaLoop loop = loop(replica, turns::add);

    @Test
    void handlesAllThatWaitsAndThenTakesOneEndOfDrainStepAndThenPerformsTheEffects() {
        loop.mailbox().internal(input(1));
        loop.mailbox().client(input(2));
        start();

        runTurns();

        assertThat(story)
                .containsExactly("handle 1 at 100", "handle 2 at 100", "end of drain", "perform [1, 2, drained]");
    }

    @Test
    void readsTheClockOnceADrain() {
        loop.mailbox().internal(input(1));
        loop.mailbox().internal(input(2));
        start();
        clock.set(200);
        replica.whenHandling = () -> clock.incrementAndGet();

        runTurns();

        assertThat(story).contains("handle 1 at 200", "handle 2 at 200");
    }

    @Test
    void hasAtMostOneTurnWaitingHoweverOftenItIsWoken() {
        start();
        runTurns();
        for (int i = 0; i < 10; i++) {
            loop.mailbox().client(input(i));
        }

        assertThat(turns).hasSize(1);
    }

    @Test
    void takesAnotherTurnForWhatCameDuringTheFirst() {
        start();
        runTurns();
        story.clear();
        loop.mailbox().internal(input(1));
        replica.whenHandling = () -> {
            replica.whenHandling = () -> {};
            replica.whenEnding = () -> {
                replica.whenEnding = () -> {};
                loop.mailbox().internal(input(2));
            };
        };

        runTurns();

        assertThat(story.stream().filter(line -> line.startsWith("handle")).map(line -> line.substring(0, 8)))
                .containsExactly("handle 1", "handle 2");
        assertThat(story.stream().filter("end of drain"::equals)).hasSize(2);
    }

    @Test
    void goesOnWithoutInputsWhileTheReplicaHasMoreToDo() {
        replica.turnsLeft = 3;
        start();

        runTurns();

        assertThat(story.stream().filter("end of drain"::equals)).hasSize(4);
    }

    @Test
    void runsNothingBeforeItIsStarted() {
        loop.mailbox().client(input(1));

        assertThat(turns).isEmpty();
    }

    @Test
    void runsNothingAfterItWasStopped() {
        start();
        runTurns();
        story.clear();
        loop.mailbox().client(input(1));
        loop.stop();

        runTurns();

        assertThat(story).isEmpty();
    }

    @Test
    void tellsThatTheReplicaFailedAndNeverCallsItAgain() {
        start();
        runTurns();
        story.clear();
        replica.whenHandling = () -> {
            throw new IllegalStateException("gap in history");
        };
        loop.mailbox().client(input(1));
        runTurns();
        loop.mailbox().client(input(2));
        runTurns();

        assertThat(failures).containsExactly("fluxkeeper-replica: gap in history");
        assertThat(story).containsExactly("handle 1 at 100");
    }

    /** Each input is put in only when the one before has been handled, so the thread rests in between again and again. */
    @Test
    void missesNoWakeUpOnItsOwnThread() {
        AtomicLong last = new AtomicLong();
        ReplicaThread thread = new ReplicaThread((part, cause) -> failures.add(part));
        thread.start();
        ReplicaLoop threaded = loop(
                new ReplicaSteps() {
                    @Override
                    public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
                        last.set(((ReplicaInput.Cancelled) input).subscription());
                    }

                    @Override
                    public void endOfDrain(List<ReplicaEffect> effects) {}

                    @Override
                    public boolean hasMoreToDo() {
                        return false;
                    }
                },
                thread);
        threaded.start(effects -> {});
        for (long i = 1; i <= 5_000; i++) {
            threaded.mailbox().client(input(i));
            while (last.get() != i) {
                Thread.yield();
            }
        }

        threaded.stop();
        await().until(thread.stop()::isDone);
        assertThat(failures).isEmpty();
    }

    private ReplicaLoop loop(ReplicaSteps steps, Executor executor) {
        return new ReplicaLoop(
                steps,
                MailboxBounds.DEFAULT,
                executor,
                clock::get,
                size -> {},
                (part, cause) -> failures.add(part + ": " + cause.getMessage()));
    }

    private void start() {
        loop.start(effects -> {
            if (effects.size() > 1) {
                story.add(
                        "perform " + effects.stream().map(ReplicaLoopTest::name).toList());
            }
        });
    }

    private void runTurns() {
        while (!turns.isEmpty()) {
            turns.poll().run();
        }
    }

    private static String name(ReplicaEffect effect) {
        return effect instanceof ReplicaEffect.CloseConnection close ? close.reason() : effect.toString();
    }

    private static ReplicaInput input(long number) {
        return new ReplicaInput.Cancelled(number);
    }

    /** Gives one effect for each input and one at the end of each drain. */
    private final class ScriptedReplica implements ReplicaSteps {
        Runnable whenHandling = () -> {};
        Runnable whenEnding = () -> {};
        int turnsLeft;

        @Override
        public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
            long number = ((ReplicaInput.Cancelled) input).subscription();
            story.add("handle " + number + " at " + nowMillis);
            whenHandling.run();
            effects.add(new ReplicaEffect.CloseConnection(number, Long.toString(number)));
        }

        @Override
        public void endOfDrain(List<ReplicaEffect> effects) {
            story.add("end of drain");
            whenEnding.run();
            effects.add(new ReplicaEffect.CloseConnection(0, "drained"));
        }

        @Override
        public boolean hasMoreToDo() {
            return turnsLeft-- > 0;
        }
    }
}
