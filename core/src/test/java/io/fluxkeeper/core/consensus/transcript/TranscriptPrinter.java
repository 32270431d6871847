package io.fluxkeeper.core.consensus.transcript;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.PeerMessage;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What happens, in lines: a message when it leaves, a batch when it is durable, an entry when it is handed over. Hashes
 * are left out, and the live lane unless it is wanted.
 */
final class TranscriptPrinter implements BroadcastCluster.Observer {
    private static final Set<String> LEFT_OUT = Set.of("chain", "digest", "payload", "transfer", "ensembleId");

    private final List<String> lines = new ArrayList<>();
    boolean showLive;

    List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    void say(String line) {
        lines.add(line);
    }

    @Override
    public void left(PeerId from, PeerId to, PeerMessage message) {
        if (showLive || message.lane() == PeerMessage.Lane.LOG) {
            say(from + " -> " + to + "  " + words(message));
        }
    }

    void arrives(PeerId from, PeerId to, PeerMessage message, boolean arrives) {
        say(to + (arrives ? " hears " : " never hears ") + from + ": " + words(message));
    }

    @Override
    public void durable(PeerId peer, List<DurableRecord> records) {
        say(peer + " on disk: " + records.stream().map(TranscriptPrinter::words).collect(Collectors.joining(", ")));
    }

    @Override
    public void emitted(PeerId peer, Effect effect) {
        if (effect instanceof Effect.Deliver deliver) {
            say(peer + " delivers " + deliver.entry());
        } else if (effect instanceof Effect.StatusChanged changed) {
            say(peer + " " + words(changed.status()));
        } else if (effect instanceof Effect.Disconnect disconnect) {
            say(peer + " closes the link to " + disconnect.peer() + ": " + disconnect.reason());
        } else if (effect instanceof Effect.ReadIndexReady ready) {
            say(peer + " answers read " + ready.token() + ": everything up to " + ready.zxid());
        } else if (effect instanceof Effect.ReadIndexLost lost) {
            say(peer + " cannot answer read " + lost.token());
        } else if (!(effect instanceof Effect.Send || effect instanceof Effect.Persist)) {
            say(peer + " " + words((Record) effect));
        }
    }

    private static String words(Effect.Status status) {
        return status.role()
                + (status.leader() == null || status.leader().value() == 0 ? "" : " of " + status.leader())
                + " epoch " + status.epoch()
                + (status.serving() ? " serving" : "")
                + (status.note() == null ? "" : " (" + status.note() + ")");
    }

    void state(BroadcastHost host) {
        if (!host.isUp()) {
            say(host.id() + " is down");
            return;
        }
        Effect.Status status = host.status();
        say(host.id() + " " + status.role() + " epoch " + status.epoch() + (status.serving() ? " serving" : "")
                + ", on disk up to " + host.disk().history().last()
                + ", committed " + host.broadcast().lastCommitted()
                + ", applied " + host.appliedZxids());
    }

    private static String words(Record record) {
        StringBuilder words = new StringBuilder(record.getClass().getSimpleName());
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            if (!LEFT_OUT.contains(component.getName())) {
                words.append(' ').append(component.getName()).append('=').append(value(record, component));
            }
        }
        return words.toString();
    }

    private static String words(PeerMessage message) {
        return words((Record) message);
    }

    private static String words(DurableRecord durable) {
        return durable instanceof DurableRecord.Append append ? "Append " + append.entry() : words((Record) durable);
    }

    private static String value(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            Object value = component.getAccessor().invoke(record);
            return text(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(TranscriptPrinter::text).collect(Collectors.joining(" ", "[", "]"));
        }
        return value == null ? "none" : value.toString();
    }
}
