package io.fluxkeeper.samples.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class BenchmarkTest {
    private static Options options(String... args) {
        Options options = new Options();
        new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(args);
        return options;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --keys 5 | Missing required option: '--workload=NAME'
            --workload get --connections 0 | --connections is 1 or more, not 0
            --workload get --connections 8 --in-flight 7 | --in-flight is --connections (8) or more, not 7
            --workload get --value-bytes -1 | --value-bytes is 0 to 1000000, not -1
            --workload get --keys 0 | --keys is 1 or more, not 0
            --workload get --seconds 0 | --seconds is 1 or more, not 0
            --workload get --warmup-seconds -1 | --warmup-seconds is 0 or more, not -1
            --workload get --server-heap lots | --server-heap is a size as -Xmx takes it, like 512m, not 'lots'
            --workload get --consensus raft | --consensus is one of [zab, multi-paxos], not 'raft'
            """)
    void aWrongOptionIsRefusedInOneLineWithCodeTwo(String args, String message) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int code = Benchmark.run(args.split(" "), System.out, new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).strip())
                .isEqualTo("benchmark: " + message + " (--help lists all options)");
    }

    @Test
    void theMedianIsTheMiddleOne() {
        assertThat(Statistics.median(List.of(30.0, 10.0, 20.0))).isEqualTo(20);
        assertThat(Statistics.median(List.of(40.0, 10.0, 20.0, 30.0))).isEqualTo(25);
        assertThat(Statistics.least(List.of(30.0, 10.0, 20.0))).isEqualTo(10);
        assertThat(Statistics.greatest(List.of(30.0, 10.0, 20.0))).isEqualTo(30);
    }

    @Test
    void thePeakIsReadFromTheStatusOfAProcess() {
        assertThat(Usage.peakMegabytes(List.of("VmPeak:\t 9999999 kB", "VmHWM:\t  204800 kB", "VmRSS:\t 1 kB")))
                .isEqualTo(200);
        assertThat(Usage.peakMegabytes(List.of("Name: java"))).isNegative();
    }

    @Test
    void cpuOfNoProcessIsNotKnown() {
        assertThat(Usage.cpuMicros(List.of())).isNegative();
        assertThat(Usage.cpuMicros(List.of(ProcessHandle.current()))).isPositive();
    }

    private static Measurement measurement(double rate, long serverCpuMicros) {
        Histogram latencies = new Histogram(3);
        latencies.recordValueWithCount(2_000_000, 990);
        latencies.recordValueWithCount(40_000_000, 10);
        return new Measurement(List.of(rate - 10_000, rate, rate + 1_500), latencies, 1_000, serverCpuMicros, 5_000);
    }

    @Test
    void aRowOfTheTableHasAsManyColumnsAsItsHeader() {
        Options options = options("--workload", "set");

        String row = Table.row(
                options,
                Workload.SET,
                measurement(80_000, 17_100),
                List.of(300L, 310L, 320L),
                measurement(200_000, -1));

        assertThat(row)
                .isEqualTo("| set | 12 / 240 | 80,000 | 70,000 to 81,500 | 2.00 | 2.00 | 40.0 | 17.1 | 5.0"
                        + " | 300 / 310 / 320 | 0.40 |");
        assertThat(row.chars().filter(c -> c == '|').count())
                .isEqualTo(Table.HEADER.chars().filter(c -> c == '|').count())
                .isEqualTo(Table.ruler().chars().filter(c -> c == '|').count());
    }

    @Test
    void whatIsNotKnownIsADash() {
        String row = Table.row(options("--workload", "get"), Workload.GET, measurement(20_000, -1), List.of(), null);

        assertThat(row).contains("| - | 5.0 | - | - |");
    }

    @Test
    void eachSlotSendsItsNextRequestWhenTheOneBeforeIsAnswered() {
        List<Sinks.One<String>> requests = new ArrayList<>();
        Operations operations = () -> {
            Sinks.One<String> request = Sinks.one();
            requests.add(request);
            return request.asMono();
        };
        Load load = new Load();
        load.connection(List.of(operations, operations));

        load.start();
        assertThat(requests).hasSize(2);
        requests.get(0).tryEmitValue("answer");
        assertThat(requests).hasSize(3);
        requests.get(2).tryEmitValue("answer");
        assertThat(requests).hasSize(4);

        Histogram latencies = new Histogram(3);
        assertThat(load.drainInto(latencies)).isEqualTo(2);
        assertThat(latencies.getTotalCount()).isEqualTo(2);
        assertThat(load.drainInto(latencies)).as("counted once").isZero();
    }

    @Test
    void aFailedRequestEndsTheRun() {
        AtomicInteger sent = new AtomicInteger();
        Load load = new Load();
        load.connection(List.of(() -> {
            sent.incrementAndGet();
            return Mono.error(new IllegalStateException("refused"));
        }));

        load.start();

        assertThat(sent).hasValue(1);
        assertThatThrownBy(load::check)
                .isInstanceOf(Load.LoadFailedException.class)
                .hasMessage("a request failed: java.lang.IllegalStateException: refused");
    }

    @Test
    void aLoadRunsAgainAfterItWasStopped() {
        List<Sinks.One<String>> requests = new ArrayList<>();
        Load load = new Load();
        load.connection(List.of(() -> {
            Sinks.One<String> request = Sinks.one();
            requests.add(request);
            return request.asMono();
        }));

        for (int run = 0; run < 2; run++) {
            int before = requests.size();
            load.start();
            requests.get(before).tryEmitValue("answer");
            assertThat(requests).hasSize(before + 2);
            Thread stopper = new Thread(load::stop);
            stopper.start();
            Awaitility.await().until(() -> stopper.getState() == Thread.State.TIMED_WAITING);
            requests.get(before + 1).tryEmitValue("the last one");
            Awaitility.await().until(() -> !stopper.isAlive());
            assertThat(requests).as("nothing more is sent").hasSize(before + 2);
        }
        assertThat(load.drainInto(new Histogram(3))).isEqualTo(4);
    }

    @Test
    void theRatioIsTakenRoundByRound() {
        Measurement slowedTogether = new Measurement(List.of(10.0, 40.0, 60.0), new Histogram(3), 0, 0, 0);
        Measurement echo = new Measurement(List.of(100.0, 200.0, 200.0), new Histogram(3), 0, 0, 0);

        assertThat(slowedTogether.medianRatioTo(echo)).isCloseTo(0.2, within(1e-9));
    }

    @Test
    void latenciesAreTakenFromTheWholeTime() {
        assertThat(measurement(1, 0).millisAt(99.9)).isCloseTo(40, within(0.1));
        assertThat(measurement(1, 0).millisAt(50)).isCloseTo(2, within(0.01));
    }
}
