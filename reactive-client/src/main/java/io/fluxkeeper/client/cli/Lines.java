package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.znode.Stat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is printed in more than one place. */
final class Lines {
    private static final int NAME_WIDTH = 16;
    private static final String BETWEEN_COLUMNS = "  ";

    private Lines() {}

    /** All eleven fields, one a line. */
    static List<String> of(Stat stat) {
        String owner = owner(stat);
        return List.of(
                field("czxid", stat.czxid()),
                field("mzxid", stat.mzxid()),
                field("ctime", Instant.ofEpochMilli(stat.ctime())),
                field("mtime", Instant.ofEpochMilli(stat.mtime())),
                field("version", stat.version()),
                field("cversion", stat.cversion()),
                field("aversion", stat.aversion()),
                field("ephemeralOwner", owner == null ? "none" : owner),
                field("dataLength", stat.dataLength()),
                field("numChildren", stat.numChildren()),
                field("pzxid", stat.pzxid()));
    }

    /** The session it goes with; null for a znode that stays. */
    static @Nullable String owner(Stat stat) {
        return stat.ephemeralOwner().equals(SessionId.NONE)
                ? null
                : stat.ephemeralOwner().toString();
    }

    /** Columns as wide as their longest entry; no blanks at the end of a line. */
    static List<String> table(List<List<String>> rows) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = row.get(i);
                line.append(cell).append(" ".repeat(widths[i] - cell.length())).append(BETWEEN_COLUMNS);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static String field(String name, Object value) {
        return name + " ".repeat(NAME_WIDTH - name.length()) + value;
    }
}
