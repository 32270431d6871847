package io.fluxkeeper.client;

import static org.awaitility.Awaitility.await;

import io.fluxkeeper.client.connection.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import reactor.core.Disposable;

/** Time that stands still until a test moves it. */
final class ManualTimer implements Timer {
    private record Task(long dueNanos, Duration delay, Runnable action) {}

    private final List<Task> tasks = new ArrayList<>();
    private long nowNanos = 1_000_000_000L;

    @Override
    public synchronized long nanos() {
        return nowNanos;
    }

    @Override
    public synchronized Disposable schedule(Duration delay, Runnable action) {
        Task task = new Task(nowNanos + delay.toNanos(), delay, action);
        tasks.add(task);
        return () -> drop(task);
    }

    /** Waits until something was scheduled with that delay, then moves to when the first such task is due. */
    void fire(Duration delay) {
        await("a task in " + delay + ", among " + delays())
                .until(() -> next(delay).isPresent());
        advanceTo(next(delay).orElseThrow().dueNanos());
    }

    void advance(Duration by) {
        advanceTo(nanos() + by.toNanos());
    }

    synchronized List<Duration> delays() {
        return tasks.stream().map(Task::delay).toList();
    }

    private synchronized Optional<Task> next(Duration delay) {
        return tasks.stream().filter(task -> task.delay().equals(delay)).findFirst();
    }

    private void advanceTo(long nanos) {
        Optional<Task> due = due(nanos);
        while (due.isPresent()) {
            due.get().action().run();
            due = due(nanos);
        }
        synchronized (this) {
            nowNanos = Math.max(nowNanos, nanos);
        }
    }

    private synchronized Optional<Task> due(long nanos) {
        Optional<Task> first =
                tasks.stream().filter(task -> task.dueNanos() <= nanos).min(Comparator.comparingLong(Task::dueNanos));
        first.ifPresent(task -> {
            tasks.remove(task);
            nowNanos = Math.max(nowNanos, task.dueNanos());
        });
        return first;
    }

    private synchronized void drop(Task task) {
        tasks.remove(task);
    }
}
