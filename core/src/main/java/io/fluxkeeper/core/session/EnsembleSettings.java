package io.fluxkeeper.core.session;

import java.util.Map;
import java.util.TreeMap;

/**
 * Bounds that every peer must apply alike, and that are therefore part of the replicated state.
 *
 * @param semanticsVersion which rules {@code apply} follows; code that knows only older ones must not execute
 * @param sessionTimeoutMillisMin a shorter wish is raised to it
 * @param sessionTimeoutMillisMax a longer wish is lowered to it
 * @param sessionsMax sessions at a time; one more is refused with {@code LIMIT_REACHED}
 * @param windowWritesMax writes of a session whose replies it has not acknowledged; beyond, {@code WINDOW_FULL}
 * @param replyTableBytesMax bytes of those replies; once reached, {@code WINDOW_FULL} until some are acknowledged
 * @param ephemeralsMax ephemeral znodes of a session; beyond, {@code TOO_MANY_EPHEMERALS}
 * @param endedSessionsMax sessions that ended whose last replies are kept; the oldest goes first
 * @param changeLogCountMax changes kept for watches that go on; beyond, the oldest go
 * @param changeLogBytesMax bytes of them, as the store keeps them
 */
public record EnsembleSettings(
        int semanticsVersion,
        int sessionTimeoutMillisMin,
        int sessionTimeoutMillisMax,
        int sessionsMax,
        int windowWritesMax,
        int replyTableBytesMax,
        int ephemeralsMax,
        int endedSessionsMax,
        int changeLogCountMax,
        int changeLogBytesMax) {
    /** The rules this code follows. */
    public static final int SEMANTICS_VERSION = 1;

    public static final EnsembleSettings DEFAULT = new EnsembleSettings(
            SEMANTICS_VERSION, 1_000, 60_000, 100_000, 1_024, 4 << 20, 10_000, 64, 500_000, 128 << 20);

    public EnsembleSettings {
        require(semanticsVersion == SEMANTICS_VERSION, "semanticsVersion", semanticsVersion);
        require(sessionTimeoutMillisMin > 0, "sessionTimeoutMillisMin", sessionTimeoutMillisMin);
        require(sessionTimeoutMillisMax >= sessionTimeoutMillisMin, "sessionTimeoutMillisMax", sessionTimeoutMillisMax);
        require(sessionsMax > 0, "sessionsMax", sessionsMax);
        require(windowWritesMax > 0, "windowWritesMax", windowWritesMax);
        require(replyTableBytesMax > 0, "replyTableBytesMax", replyTableBytesMax);
        require(ephemeralsMax >= 0, "ephemeralsMax", ephemeralsMax);
        require(endedSessionsMax >= 0, "endedSessionsMax", endedSessionsMax);
        require(changeLogCountMax > 0, "changeLogCountMax", changeLogCountMax);
        require(changeLogBytesMax > 0, "changeLogBytesMax", changeLogBytesMax);
    }

    /** The nearest timeout within bounds. */
    public int negotiatedTimeoutMillis(int wanted) {
        return Math.max(sessionTimeoutMillisMin, Math.min(wanted, sessionTimeoutMillisMax));
    }

    /** One row each in the store. */
    public Map<String, Integer> byName() {
        Map<String, Integer> rows = new TreeMap<>();
        rows.put("semanticsVersion", semanticsVersion);
        rows.put("sessionTimeoutMillisMin", sessionTimeoutMillisMin);
        rows.put("sessionTimeoutMillisMax", sessionTimeoutMillisMax);
        rows.put("sessionsMax", sessionsMax);
        rows.put("windowWritesMax", windowWritesMax);
        rows.put("replyTableBytesMax", replyTableBytesMax);
        rows.put("ephemeralsMax", ephemeralsMax);
        rows.put("endedSessionsMax", endedSessionsMax);
        rows.put("changeLogCountMax", changeLogCountMax);
        rows.put("changeLogBytesMax", changeLogBytesMax);
        return rows;
    }

    /** @throws IllegalArgumentException if one is missing, is not known here, or has a value that is not allowed */
    public static EnsembleSettings ofNames(Map<String, Integer> rows) {
        if (!rows.keySet().equals(DEFAULT.byName().keySet())) {
            throw new IllegalArgumentException(
                    "settings are " + DEFAULT.byName().keySet() + ", not " + new TreeMap<>(rows).keySet());
        }
        return new EnsembleSettings(
                valueOf(rows, "semanticsVersion"),
                valueOf(rows, "sessionTimeoutMillisMin"),
                valueOf(rows, "sessionTimeoutMillisMax"),
                valueOf(rows, "sessionsMax"),
                valueOf(rows, "windowWritesMax"),
                valueOf(rows, "replyTableBytesMax"),
                valueOf(rows, "ephemeralsMax"),
                valueOf(rows, "endedSessionsMax"),
                valueOf(rows, "changeLogCountMax"),
                valueOf(rows, "changeLogBytesMax"));
    }

    private static int valueOf(Map<String, Integer> rows, String name) {
        Integer value = rows.get(name);
        if (value == null) {
            throw new IllegalArgumentException("setting " + name + " is missing");
        }
        return value;
    }

    private static void require(boolean allowed, String name, int value) {
        if (!allowed) {
            throw new IllegalArgumentException("setting " + name + " cannot be " + value);
        }
    }
}
