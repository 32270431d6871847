package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import org.jspecify.annotations.Nullable;

/** An event of a stream, on one line. */
final class EventLines {
    private final boolean withData;

    EventLines(boolean withData) {
        this.withData = withData;
    }

    String text(TreeEvent event) {
        StringBuilder line =
                new StringBuilder().append(event.zxid()).append(' ').append(type(event));
        ZnodePath path = path(event);
        Stat stat = stat(event);
        if (path != null) {
            line.append(' ').append(path);
        }
        if (stat != null) {
            line.append(" version ").append(stat.version());
            if (withData) {
                byte[] data = data(event);
                line.append(' ').append(data == null ? "null" : quoted(data));
            }
        }
        return line.toString();
    }

    JsonLine json(TreeEvent event) {
        JsonLine line = new JsonLine().put("zxid", event.zxid().toString()).put("type", type(event));
        ZnodePath path = path(event);
        if (path == null) {
            return line;
        }
        line.put("path", path.value()).putStat(stat(event));
        return withData ? line.putData(data(event)) : line;
    }

    private static String type(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            return changed.type().name();
        }
        return event instanceof TreeEvent.Present ? "PRESENT" : event instanceof TreeEvent.Reset ? "RESET" : "EXACT";
    }

    private static @Nullable ZnodePath path(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            return changed.path();
        }
        return event instanceof TreeEvent.Present present ? present.path() : null;
    }

    private static @Nullable Stat stat(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            return changed.stat();
        }
        return event instanceof TreeEvent.Present present ? present.stat() : null;
    }

    private static byte @Nullable [] data(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            return changed.data();
        }
        return event instanceof TreeEvent.Present present ? present.data() : null;
    }

    /** On one line, whatever the data is. */
    private static String quoted(byte[] data) {
        String text = Text.of(data);
        return text == null ? Text.BASE64 + Text.base64(data) : JsonLine.quote(text);
    }
}
