package io.fluxkeeper.samples.benchmark;

import io.fluxkeeper.samples.processes.ChildProcess;
import io.fluxkeeper.samples.processes.LocalEnsemble;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Runs one workload and prints a line of a table. Exit codes: 0 measured, 1 it failed, 2 wrong usage. */
public final class Benchmark {
    /** Two on either side, whatever the machine: the default would be one a processor, but four at least. */
    static final String EVENT_LOOPS = "-Dreactor.netty.ioWorkerCount=2";

    private static final int WARM_SECONDS_MIN = 20;
    private static final int ECHO_WARMUP_SECONDS_MAX = 20;
    private static final int PEERS = 3;

    private final Options options;
    private final PrintStream out;

    private Benchmark(Options options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    public static void main(String[] args) {
        System.setProperty("reactor.netty.ioWorkerCount", "2");
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.exit(run(args, out, System.err));
    }

    /** @return the exit code */
    static int run(String[] args, PrintStream out, PrintStream err) {
        Options options = new Options();
        CommandLine commandLine = new CommandLine(options).setCaseInsensitiveEnumValuesAllowed(true);
        try {
            commandLine.parseArgs(args);
            if (commandLine.isUsageHelpRequested()) {
                commandLine.usage(out);
                return 0;
            }
            options.check();
        } catch (ParameterException wrong) {
            err.println("benchmark: " + wrong.getMessage() + " (--help lists all options)");
            return 2;
        }
        try {
            new Benchmark(options, out).run();
            return 0;
        } catch (IOException | RuntimeException failed) {
            err.println("benchmark: failed: " + failed.getMessage());
            return 1;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private void run() throws IOException, InterruptedException {
        out.printf(
                Locale.ROOT,
                "Closed loop: %d connections, %d requests in flight, values of %d bytes, %,d keys; %d s of warm-up,"
                        + " then %d rounds of 1 s; %d processors, Java %s.%n",
                options.connections,
                options.inFlight,
                options.valueBytes,
                options.keys,
                options.warmupSeconds,
                options.seconds,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"));
        if (options.warmupSeconds < WARM_SECONDS_MIN) {
            out.printf("Warm-up below %d s: these figures measure the compiler too.%n", WARM_SECONDS_MIN);
        }
        if (options.workload == Workload.ECHO) {
            ofEcho();
        } else if (options.connect.isEmpty()) {
            ofOwnEnsemble();
        } else {
            out.printf("Peers: %s%n", String.join(", ", options.connect));
            ofEnsemble(options.connect, null);
        }
    }

    private void ofEcho() throws IOException, InterruptedException {
        try (Echo echo = Echo.start(options)) {
            Trial trial = echo.trial();
            trial.warmUp(options.warmupSeconds);
            for (int i = 0; i < options.seconds; i++) {
                trial.round();
            }
            print(List.of(Table.row(options, Workload.ECHO, trial.measured(), List.of(), null)));
        }
    }

    private void ofOwnEnsemble() throws IOException, InterruptedException {
        out.printf("Starting %d peers of %s with -Xmx%s each ...%n", PEERS, options.consensus, options.serverHeap);
        List<String> jvmOptions = List.of("-Xmx" + options.serverHeap);
        List<String> flags = List.of("--consensus", options.consensus);
        try (LocalEnsemble ensemble = LocalEnsemble.start("fluxkeeper-benchmark", PEERS, jvmOptions, flags)) {
            ofEnsemble(ensemble.addresses(), ensemble);
        }
    }

    /** @param own null for peers that were there before: they are left as they were found */
    private void ofEnsemble(List<String> addresses, @Nullable LocalEnsemble own)
            throws IOException, InterruptedException {
        List<ProcessHandle> servers = own == null
                ? List.of()
                : own.peers().stream().map(ChildProcess::handle).toList();
        ZnodeLoad znodes = new ZnodeLoad(options);
        znodes.connect(addresses);
        znodes.fill();
        Trial trial = new Trial(
                znodes.load(), () -> Usage.cpuMicros(servers), () -> Usage.cpuMicros(List.of(ProcessHandle.current())));
        out.println("Warming up ...");
        trial.warmUp(options.warmupSeconds);
        Measurement echo = options.noEcho ? rounds(trial) : roundsInTurn(trial);
        List<Long> peaks = servers.stream()
                .map(server -> Usage.peakMegabytes(server.pid()))
                .toList();
        if (own == null) {
            znodes.clear();
        }
        znodes.close();
        List<String> rows = new ArrayList<>();
        rows.add(Table.row(options, options.workload, trial.measured(), peaks, echo));
        if (echo != null) {
            rows.add(Table.row(options, Workload.ECHO, echo, List.of(), null));
        }
        print(rows);
    }

    private @Nullable Measurement rounds(Trial trial) throws InterruptedException {
        out.println("Measuring ...");
        for (int i = 0; i < options.seconds; i++) {
            trial.round();
        }
        return null;
    }

    /** A round of each in turn: a machine that is slower for a while is slower for both. */
    private Measurement roundsInTurn(Trial trial) throws IOException, InterruptedException {
        try (Echo echo = Echo.start(options)) {
            Trial echoTrial = echo.trial();
            echoTrial.warmUp(Math.min(options.warmupSeconds, ECHO_WARMUP_SECONDS_MAX));
            out.println("Measuring, in turn with the echo ...");
            for (int i = 0; i < options.seconds; i++) {
                trial.round();
                echoTrial.round();
            }
            return echoTrial.measured();
        }
    }

    private void print(List<String> rows) {
        out.println();
        out.println(Table.HEADER);
        out.println(Table.ruler());
        rows.forEach(out::println);
        out.println();
        out.println("Operations/s is the median of the rounds; the ratio is the median of each round's to that of the");
        out.println(
                "echo's round next to it. The loop is closed: a request is sent when the one before is answered, so");
        out.println("the percentiles tell how long answers took under this load, not how long requests of independent");
        out.println("callers would have waited in a pause.");
    }
}
