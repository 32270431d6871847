package io.fluxkeeper.client.cli;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.znode.ZnodePath;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the words of a command line are read; what is wrong with one is said before anything is sent. */
final class Arguments {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m)");
    private static final char NO_CHARACTER = '\uFFFD';
    private static final Duration TIME_MAX = Duration.ofHours(24);
    private static final Pattern EPOCH_AND_COUNTER = Pattern.compile("([0-9]{1,18}):([0-9]{1,18})");
    private static final Pattern PACKED = Pattern.compile("[0-9]{1,19}");

    private Arguments() {}

    /** {@code 500ms}, {@code 10s}, {@code 2m}. */
    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Matcher matcher = TIME.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException("a time is written 500ms, 10s or 2m, not '" + text + "'");
            }
            long number = Long.parseLong(matcher.group(1));
            if (number == 0) {
                throw new TypeConversionException("a time is longer than zero");
            }
            Duration time = switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                default -> Duration.ofMinutes(number);
            };
            if (time.compareTo(TIME_MAX) > 0) {
                throw new TypeConversionException("a time is 24h at most (1440m), not '" + text + "'");
            }
            return time;
        }
    }

    /**
     * Data as text. Java puts U+FFFD where the bytes of a command line are no text by the locale: what was meant is lost
     * then.
     */
    static final class DataConverter implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            if (text.indexOf(NO_CHARACTER) >= 0) {
                throw new TypeConversionException("it holds bytes that are no text in this locale ("
                        + System.getProperty("sun.jnu.encoding") + "); LC_ALL=C.UTF-8 makes it UTF-8");
            }
            return text;
        }
    }

    /** {@code 4:17}, or the packed number that programs see. */
    static final class ZxidConverter implements ITypeConverter<Zxid> {
        @Override
        public Zxid convert(String text) {
            try {
                Matcher both = EPOCH_AND_COUNTER.matcher(text);
                if (both.matches()) {
                    return Zxid.of(Long.parseLong(both.group(1)), Long.parseLong(both.group(2)));
                }
                if (PACKED.matcher(text).matches()) {
                    return new Zxid(Long.parseLong(text));
                }
            } catch (NumberFormatException tooLarge) {
                throw new TypeConversionException("a zxid has 63 bits; '" + text + "' has more");
            } catch (IllegalArgumentException outside) {
                throw new TypeConversionException(outside.getMessage());
            }
            throw new TypeConversionException(
                    "a zxid is written EPOCH:COUNTER, as 4:17, or as a number, not '" + text + "'");
        }
    }

    /** A zxid, and {@code +N} where only the first changes of that transaction were seen. */
    static final class PositionConverter implements ITypeConverter<ChangePosition> {
        private static final Pattern WITH_ORDINAL = Pattern.compile("(.*)\\+([0-9]{1,9})");

        @Override
        public ChangePosition convert(String text) {
            ZxidConverter zxid = new ZxidConverter();
            Matcher both = WITH_ORDINAL.matcher(text);
            return both.matches()
                    ? new ChangePosition(zxid.convert(both.group(1)), Integer.valueOf(both.group(2)))
                    : ChangePosition.after(zxid.convert(text));
        }

        /** As it is read. */
        static String text(ChangePosition position) {
            boolean whole = position.ordinal() == ChangePosition.ALL;
            return whole ? position.zxid().toString() : position.zxid() + "+" + position.ordinal();
        }
    }

    static final class PathConverter implements ITypeConverter<ZnodePath> {
        @Override
        public ZnodePath convert(String text) {
            try {
                return ZnodePath.of(text);
            } catch (IllegalArgumentException wrong) {
                throw new TypeConversionException(wrong.getMessage());
            }
        }
    }

    /** A version the znode must have. */
    static final class VersionConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                int version = Integer.parseInt(text);
                if (version >= Operation.ANY_VERSION) {
                    return version;
                }
            } catch (NumberFormatException notANumber) {
                // said below, with what is allowed
            }
            throw new TypeConversionException("a version is 0 or more, or -1 for any, not '" + text + "'");
        }
    }

    /** How far down to look. */
    static final class LevelsConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                int levels = Integer.parseInt(text);
                if (levels >= 0) {
                    return levels;
                }
            } catch (NumberFormatException notANumber) {
                // said below, with what is allowed
            }
            throw new TypeConversionException("a depth is 0 or more, not '" + text + "'");
        }
    }

    /** How many events to wait for. */
    static final class CountConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                long count = Long.parseLong(text);
                if (count >= 1) {
                    return count;
                }
            } catch (NumberFormatException notANumber) {
                // said below, with what is allowed
            }
            throw new TypeConversionException("a count is 1 or more, not '" + text + "'");
        }
    }
}
