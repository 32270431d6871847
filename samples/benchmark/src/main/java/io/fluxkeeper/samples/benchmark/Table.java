package io.fluxkeeper.samples.benchmark;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The result as a table in Markdown, ready to be pasted. */
final class Table {
    private static final String NOT_KNOWN = "-";

    static final String HEADER =
            "| workload | connections / in flight | operations/s | rounds | p50 ms | p99 ms | p99.9 ms"
                    + " | server CPU µs/op | client CPU µs/op | peak memory of each server, MB | ratio to echo |";

    private Table() {}

    static String ruler() {
        return HEADER.replaceAll("[^|]+", "---");
    }

    /**
     * One line.
     *
     * @param peakMegabytes of each server; negative where not known, empty where there is none to know of
     * @param echo measured in the same run; null when it was not, or when this is it
     */
    static String row(
            Options options, Workload workload, Measurement run, List<Long> peakMegabytes, @Nullable Measurement echo) {
        return "| "
                + String.join(
                        " | ",
                        workload.name().toLowerCase(Locale.ROOT),
                        options.connections + " / " + options.inFlight,
                        rate(run.medianRate()),
                        rate(Statistics.least(run.roundRates())) + " to " + rate(Statistics.greatest(run.roundRates())),
                        millis(run.millisAt(50)),
                        millis(run.millisAt(99)),
                        millis(run.millisAt(99.9)),
                        each(run.serverCpuMicros(), run.operations()),
                        each(run.clientCpuMicros(), run.operations()),
                        megabytes(peakMegabytes),
                        echo == null ? NOT_KNOWN : text("%.2f", run.medianRatioTo(echo)))
                + " |";
    }

    private static String rate(double perSecond) {
        return text("%,d", Math.round(perSecond));
    }

    private static String millis(double millis) {
        return text(millis < 10 ? "%.2f" : "%.1f", millis);
    }

    private static String each(long micros, long operations) {
        return micros < 0 || operations == 0 ? NOT_KNOWN : text("%.1f", (double) micros / operations);
    }

    private static String megabytes(List<Long> peaks) {
        return peaks.isEmpty() || peaks.stream().anyMatch(peak -> peak < 0)
                ? NOT_KNOWN
                : peaks.stream().map(String::valueOf).collect(Collectors.joining(" / "));
    }

    private static String text(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}
