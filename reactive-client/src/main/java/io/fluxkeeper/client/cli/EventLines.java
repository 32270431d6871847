package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.core.znode.Stat;

/** An event of a stream, on one line. */
final class EventLines {
    private final boolean withData;

    EventLines(boolean withData) {
        this.withData = withData;
    }

    String text(TreeEvent event) {
        StringBuilder line =
                new StringBuilder().append(event.zxid()).append(' ').append(type(event));
        if (event instanceof TreeEvent.OfZnode told) {
            line.append(' ').append(told.path());
            appendState(line, told);
        }
        return line.toString();
    }

    private void appendState(StringBuilder line, TreeEvent.OfZnode told) {
        Stat stat = told.stat();
        if (stat != null) {
            line.append(" version ").append(stat.version());
            if (withData) {
                byte[] data = told.data();
                line.append(' ').append(data == null ? "null" : quoted(data));
            }
        }
    }

    JsonLine json(TreeEvent event) {
        JsonLine line = new JsonLine().put("zxid", event.zxid().toString()).put("type", type(event));
        if (event instanceof TreeEvent.OfZnode told) {
            line.put("path", told.path().value()).putStat(told.stat());
            return withData ? line.putData(told.data()) : line;
        }
        return line;
    }

    private static String type(TreeEvent event) {
        if (event instanceof TreeEvent.Changed changed) {
            return changed.type().name();
        }
        return event instanceof TreeEvent.Present ? "PRESENT" : event instanceof TreeEvent.Reset ? "RESET" : "EXACT";
    }

    /** On one line, whatever the data is. */
    private static String quoted(byte[] data) {
        String text = Text.of(data);
        return text == null ? Text.BASE64 + Text.base64(data) : JsonLine.quote(text);
    }
}
