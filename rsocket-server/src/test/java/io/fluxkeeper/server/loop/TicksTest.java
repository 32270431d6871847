package io.fluxkeeper.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Time as the replica gets it: on its own thread, and never two ticks at once. */
class TicksTest {
    private final Queue<Thread> ticks = new ConcurrentLinkedQueue<>();

    @Test
    void whatWasMissedInAPauseIsOneTick() {
        Ticks each = new Ticks(1, this::tick);
        while (ticks.isEmpty()) {
            each.tickWhenDue();
        }
        assertThat(ticks).hasSize(1);
    }

    @Test
    void nothingIsDueBeforeItsTime() {
        long hour = TimeUnit.HOURS.toNanos(1);
        assertThat(new Ticks(hour, this::tick).tickWhenDue()).isBetween(hour / 2, hour);
        assertThat(ticks).isEmpty();
    }

    @Test
    void aThreadOfTheReplicasOwnTicksByItselfBesideItsTurns() {
        ReplicaThread thread = new ReplicaThread((part, cause) -> {
            throw new AssertionError(part, cause);
        });
        thread.start();
        awaitTicksAndEnd(thread);
    }

    @Test
    void aSharedThreadTicksBesideItsOtherWork() {
        ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
        awaitTicksAndEnd(new SharedThread(loop));
        loop.shutdownNow();
    }

    private void awaitTicksAndEnd(ReplicaExecutor thread) {
        thread.startTicks(Duration.ofMillis(1), this::tick);
        Queue<Thread> turns = new ConcurrentLinkedQueue<>();
        await().until(() -> ticks.size() > 3);
        thread.execute(() -> turns.add(Thread.currentThread()));
        await().until(() -> !turns.isEmpty());
        int before = ticks.size();
        await().until(() -> ticks.size() > before + 3);
        thread.stopTicks();
        thread.stop().join();
        assertThat(Set.copyOf(ticks)).isEqualTo(Set.copyOf(turns));
    }

    private void tick() {
        ticks.add(Thread.currentThread());
    }
}
