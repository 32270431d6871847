package io.fluxkeeper.client.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.fluxkeeper.core.znode.Stat;
import org.jspecify.annotations.Nullable;

/** Builds one JSON object on one line, fields in the order they are put. For one thread. */
final class JsonLine {
    private final StringBuilder text = new StringBuilder("{");

    JsonLine put(String name, @Nullable String value) {
        name(name);
        return quoted(value);
    }

    JsonLine put(String name, long value) {
        name(name).append(value);
        return this;
    }

    JsonLine put(String name, boolean value) {
        name(name).append(value);
        return this;
    }

    /** As {@code data} where it is text, else as {@code dataBase64}; null is null. */
    JsonLine putData(byte @Nullable [] data) {
        String asText = data == null ? null : Text.of(data);
        return data != null && asText == null ? put("dataBase64", Text.base64(data)) : put("data", asText);
    }

    /** Positions as people write them, times in milliseconds since 1970. */
    JsonLine putStat(@Nullable Stat stat) {
        name("stat");
        if (stat == null) {
            text.append("null");
            return this;
        }
        text.append(new JsonLine().stat(stat));
        return this;
    }

    JsonLine stat(Stat stat) {
        return put("czxid", stat.czxid().toString())
                .put("mzxid", stat.mzxid().toString())
                .put("ctime", stat.ctime())
                .put("mtime", stat.mtime())
                .put("version", stat.version())
                .put("cversion", stat.cversion())
                .put("aversion", stat.aversion())
                .put("ephemeralOwner", Lines.owner(stat))
                .put("dataLength", stat.dataLength())
                .put("numChildren", stat.numChildren())
                .put("pzxid", stat.pzxid().toString());
    }

    private StringBuilder name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        quoted(name);
        return text.append(':');
    }

    private JsonLine quoted(@Nullable String value) {
        if (value == null) {
            text.append("null");
            return this;
        }
        text.append('"');
        JsonStringEncoder.getInstance().quoteAsString(value, text);
        text.append('"');
        return this;
    }

    /** The value as a JSON string, quotes and all. */
    static String quote(String value) {
        return new JsonLine("").quoted(value).text.toString();
    }

    private JsonLine(String start) {
        text.setLength(0);
        text.append(start);
    }

    JsonLine() {}

    @Override
    public String toString() {
        return text + "}";
    }
}
