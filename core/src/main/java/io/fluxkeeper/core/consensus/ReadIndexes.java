package io.fluxkeeper.core.consensus;

import io.fluxkeeper.core.Zxid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads that wait at a leader until it is proven that it still led when they came (architecture, decision 13). A round of
 * questions to its followers that begins after a read proves it, once a quorum has answered that round or a later one.
 */
public final class ReadIndexes {
    /** Asked since the last round began. */
    private final List<Read> waiting = new ArrayList<>();
    /** Each proven by its round or a later one; in order. */
    private final ArrayDeque<Asked> asked = new ArrayDeque<>();

    private record Read(long token, Zxid index) {}

    private record Asked(Read read, long round) {}

    /** @param index what is committed now */
    public void ask(long token, Zxid index) {
        waiting.add(new Read(token, index));
    }

    /** Whether a round is wanted. */
    public boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** It proves all that asked before it. */
    public void roundBegins(long round) {
        waiting.forEach(read -> asked.add(new Asked(read, round)));
        waiting.clear();
    }

    /** A quorum has answered that round. */
    public void proven(long round, Consumer<Effect> effects) {
        while (!asked.isEmpty() && asked.getFirst().round() <= round) {
            Read read = asked.removeFirst().read();
            effects.accept(new Effect.ReadIndexReady(read.token(), read.index()));
        }
    }

    /** Leadership ends: nobody can say what was committed. */
    public void loseAll(Consumer<Effect> effects) {
        asked.forEach(
                each -> effects.accept(new Effect.ReadIndexLost(each.read().token())));
        waiting.forEach(read -> effects.accept(new Effect.ReadIndexLost(read.token())));
        asked.clear();
        waiting.clear();
    }
}
