package io.fluxkeeper.samples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What processes used, as far as the system says. */
final class Usage {
    private static final String PEAK = "VmHWM:";

    private Usage() {}

    /** Microseconds of CPU over all of them since each began; negative if not known. */
    static long cpuMicros(List<ProcessHandle> processes) {
        long sum = 0;
        for (ProcessHandle process : processes) {
            Optional<Duration> used = process.info().totalCpuDuration();
            if (used.isEmpty()) {
                return -1;
            }
            sum += used.get().toNanos() / 1_000;
        }
        return processes.isEmpty() ? -1 : sum;
    }

    /** Most memory the process has had resident, in MB of 2^20 bytes; negative if not known, as outside Linux. */
    static long peakMegabytes(long pid) {
        try {
            return peakMegabytes(Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")));
        } catch (IOException notLinux) {
            return -1;
        }
    }

    /** @param status as Linux has it in {@code /proc/PID/status}, in kB */
    static long peakMegabytes(List<String> status) {
        return status.stream()
                .filter(line -> line.startsWith(PEAK))
                .map(line -> line.substring(PEAK.length()).replace("kB", "").strip())
                .mapToLong(Long::parseLong)
                .map(kilobytes -> kilobytes / 1_024)
                .findFirst()
                .orElse(-1);
    }
}
