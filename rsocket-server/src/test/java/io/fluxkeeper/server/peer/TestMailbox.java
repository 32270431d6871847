package io.fluxkeeper.server.peer;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.loop.Mailbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Writes down what came, in order, and stands in for a replica that is fast, slow or stuck. */
final class TestMailbox implements Mailbox {
    private final List<ReplicaInput> inputs = new ArrayList<>();
    private final Deque<Runnable> unhandled = new ArrayDeque<>();
    private boolean stuck;
    private boolean liveLaneFull;

    /** From now on log frames are left lying until {@link #handleOne}. */
    synchronized TestMailbox stuck() {
        stuck = true;
        return this;
    }

    synchronized TestMailbox withFullLiveLane() {
        liveLaneFull = true;
        return this;
    }

    /** Handles the oldest frame of the log lane; false when none waits. */
    boolean handleOne() {
        Runnable handled;
        synchronized (this) {
            handled = unhandled.pollFirst();
        }
        if (handled != null) {
            handled.run();
        }
        return handled != null;
    }

    synchronized int waitingFrames() {
        return unhandled.size();
    }

    @Override
    public synchronized void internal(ReplicaInput input) {
        inputs.add(input);
    }

    @Override
    public synchronized boolean live(ReplicaInput input) {
        if (liveLaneFull) {
            return false;
        }
        inputs.add(input);
        return true;
    }

    @Override
    public void log(Iterable<? extends ReplicaInput> frame, Runnable handled) {
        synchronized (this) {
            frame.forEach(inputs::add);
            if (stuck) {
                unhandled.addLast(handled);
                return;
            }
        }
        handled.run();
    }

    @Override
    public boolean client(ReplicaInput input) {
        throw new UnsupportedOperationException("peers do not send requests of clients by this lane");
    }

    synchronized List<ReplicaInput> all() {
        return List.copyOf(inputs);
    }

    /** All inputs for the broadcast, in order. */
    List<Input> consensus() {
        List<Input> consensus = new ArrayList<>();
        for (ReplicaInput input : all()) {
            if (input instanceof ReplicaInput.Consensus wrapped) {
                consensus.add(wrapped.input());
            }
        }
        return consensus;
    }

    /** Of one type, in order. */
    <T extends Input> List<T> of(Class<T> type) {
        return consensus().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Links going up and down, in order, as in {@code "+1 -1"}; with the peer, its links alone. */
    String links(int peer) {
        StringBuilder story = new StringBuilder();
        for (Input input : consensus()) {
            if (input instanceof Input.LinkUp up && up.peer().value() == peer) {
                story.append(" +").append(up.link());
            } else if (input instanceof Input.LinkDown down && down.peer().value() == peer) {
                story.append(" -").append(down.link());
            }
        }
        return story.toString().trim();
    }

    /** The link with that peer that is up; 0 for none. */
    long upLink(int peer) {
        long link = 0;
        for (Input input : consensus()) {
            if (input instanceof Input.LinkUp up && up.peer().equals(new PeerId(peer))) {
                link = up.link();
            } else if (input instanceof Input.LinkDown down && down.link() == link) {
                link = 0;
            }
        }
        return link;
    }

    /** Numbers of the messages of one lane, in order. */
    List<Long> numbers(PeerMessage.Lane lane) {
        return of(Input.Received.class).stream()
                .map(received -> (TestMessage) received.message())
                .filter(message -> message.lane() == lane)
                .map(TestMessage::number)
                .toList();
    }
}
