package io.fluxkeeper.server.client;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a drain has for the connections of one event loop, in effect order. Waking a loop costs a system call, so
 * there is one hand-over a drain, and messages are encoded over there.
 */
final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final EventLoop loop;

    /** On the replica thread only. */
    private List<Runnable> gathered = new ArrayList<>();

    private final MessageEncoder encoder = new MessageEncoder();

    /** With answers that wait for the end of their drain; on the event loop only. */
    private final List<Pipeline> unflushed = new ArrayList<>();

    Outbox(EventLoop loop) {
        this.loop = loop;
    }

    EventLoop loop() {
        return loop;
    }

    /** On the event loop. */
    MessageEncoder encoder() {
        return encoder;
    }

    /** On the replica thread. @return whether it is the first of this drain */
    boolean gather(Runnable output) {
        gathered.add(output);
        return gathered.size() == 1;
    }

    /** On the replica thread. */
    void handOver() {
        List<Runnable> batch = gathered;
        gathered = new ArrayList<>(Math.max(10, batch.size()));
        try {
            loop.execute(() -> runAll(batch));
        } catch (RejectedExecutionException stopped) {
            LOG.debug("an event loop has stopped; what was for its connections goes with them");
        }
    }

    /** On the event loop, from within an output: it is flushed when all of the drain have run. */
    void flushLater(Pipeline pipeline) {
        unflushed.add(pipeline);
    }

    private void runAll(List<Runnable> batch) {
        batch.forEach(Outbox::run);
        unflushed.forEach(pipeline -> run(pipeline::flush));
        unflushed.clear();
    }

    private static void run(Runnable output) {
        try {
            output.run();
        } catch (RuntimeException defect) { // must not take the answers of others with it
            LOG.error("an answer could not be sent", defect);
        }
    }
}
