package io.fluxkeeper.core.simulation;

import java.util.PriorityQueue;

/** Things that will happen, by time and then in the order they were planned. */
final class EventQueue {
    private record Event(long time, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return time != other.time ? Long.compare(time, other.time) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long order;
    private long now;

    long now() {
        return now;
    }

    void in(long delay, Runnable action) {
        events.add(new Event(now + delay, order++, action));
    }

    /** Lets everything happen up to and including {@code time}. */
    void runUntil(long time) {
        while (!events.isEmpty() && events.peek().time() <= time) {
            Event event = events.poll();
            now = event.time();
            event.action().run();
        }
        now = time;
    }
}
