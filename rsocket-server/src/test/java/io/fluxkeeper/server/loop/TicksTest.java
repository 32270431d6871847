package io.fluxkeeper.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Time as the replica gets it: on its own thread, and never two ticks at once. */
class TicksTest {
    private final Queue<Thread> ticks = new ConcurrentLinkedQueue<>();

    @Test
    void whatWasMissedInAPauseIsOneTickAndTheNextComesHalfATickLaterAtLeast() {
        AtomicLong now = new AtomicLong(1_000);
        Ticks each = new Ticks(100, this::tick, now::get);
        assertThat(each.tickWhenDue()).isEqualTo(100);
        assertThat(ticks).isEmpty();

        now.set(1_099);
        assertThat(each.tickWhenDue()).isEqualTo(1);
        assertThat(ticks).isEmpty();
        now.set(1_110);
        assertThat(each.tickWhenDue())
                .as("what came late does not move the next")
                .isEqualTo(90);
        assertThat(ticks).hasSize(1);
        now.set(9_000);
        assertThat(each.tickWhenDue()).isEqualTo(50);
        assertThat(each.tickWhenDue()).isEqualTo(50);
        assertThat(ticks).hasSize(2);
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
