package io.fluxkeeper.server.config;

import io.fluxkeeper.core.PeerId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads values from their text. Each throws IllegalArgumentException with a reason, or none, for what it refuses. */
final class ConfigValues {
    /** A year: longer than anything here is waited for, and far from what nanoseconds can count. */
    private static final Duration DURATION_MAX = Duration.ofHours(8_760);

    private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18}) ?([A-Za-z]*)");

    private ConfigValues() {}

    static int count(String text, int min) {
        int value = number(text);
        require(value >= min);
        return value;
    }

    static boolean yesOrNo(String text) {
        require(text.equals("true") || text.equals("false"));
        return text.equals("true");
    }

    static PeerId peerId(String text) {
        return new PeerId(number(text));
    }

    static SortedSet<PeerId> peerIds(String text) {
        SortedSet<PeerId> ids = new TreeSet<>();
        for (String id : text.split(",", -1)) {
            require(ids.add(peerId(id.strip())));
        }
        return ids;
    }

    static Path path(String text) {
        require(!text.isBlank());
        return Path.of(text);
    }

    static Duration duration(String text) {
        Matcher quantity = QUANTITY.matcher(text);
        require(quantity.matches());
        long amount = Long.parseLong(quantity.group(1));
        Duration unit = switch (quantity.group(2).toLowerCase(Locale.ROOT)) {
            case "ms" -> Duration.ofMillis(1);
            case "s" -> Duration.ofSeconds(1);
            case "m", "min" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            default -> throw new IllegalArgumentException("no unit of time");
        };
        require(amount <= DURATION_MAX.dividedBy(unit));
        return unit.multipliedBy(amount);
    }

    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 60_000 == 0 && millis > 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    static long bytes(String text) {
        Matcher quantity = QUANTITY.matcher(text);
        require(quantity.matches());
        long amount = Long.parseLong(quantity.group(1));
        int shift = switch (quantity.group(2).toLowerCase(Locale.ROOT)) {
            case "", "b" -> 0;
            case "kib", "k" -> 10;
            case "mib", "m" -> 20;
            case "gib", "g" -> 30;
            default -> throw new IllegalArgumentException("no unit of size");
        };
        require(amount <= Long.MAX_VALUE >> shift);
        return amount << shift;
    }

    static HostPort hostPort(String text) {
        int colon = text.lastIndexOf(':');
        require(colon > 0);
        return new HostPort(host(text.substring(0, colon)), port(text.substring(colon + 1)));
    }

    static PeerAddress peerAddress(String text) {
        int clientColon = text.lastIndexOf(':');
        require(clientColon > 0);
        int peerColon = text.lastIndexOf(':', clientColon - 1);
        require(peerColon > 0);
        return new PeerAddress(
                host(text.substring(0, peerColon)),
                port(text.substring(peerColon + 1, clientColon)),
                port(text.substring(clientColon + 1)));
    }

    /** {@code 1=host:peerPort:clientPort,2=…}. */
    static SortedMap<PeerId, PeerAddress> ensemble(String text) {
        SortedMap<PeerId, PeerAddress> ensemble = new TreeMap<>();
        for (String member : text.split(",", -1)) {
            int equals = member.indexOf('=');
            require(equals > 0);
            PeerId id = peerId(member.substring(0, equals).strip());
            PeerAddress address = peerAddress(member.substring(equals + 1).strip());
            require(ensemble.put(id, address) == null);
        }
        return ensemble;
    }

    private static String host(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        String host = bracketed ? text.substring(1, text.length() - 1) : text;
        require(bracketed || host.indexOf(':') < 0);
        require(host.equals(host.strip()));
        return host;
    }

    /** Digits alone: a sign would be taken silently. */
    private static int number(String text) {
        require(!text.startsWith("+"));
        return Integer.parseInt(text);
    }

    private static int port(String text) {
        require(text.length() <= 5);
        return number(text);
    }

    private static void require(boolean allowed) {
        if (!allowed) {
            throw new IllegalArgumentException();
        }
    }
}
