package io.fluxkeeper.samples.benchmark;

import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What is measured, and how long. */
@Command(
        name = "benchmark",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Measures an ensemble: starts three peers as child processes, or takes those of --connect; warms both",
            "sides up; prints operations/s, latency, CPU and memory, and the ratio to a bare RSocket echo.",
            ""
        })
final class Options {
    private static final List<String> CONSENSUS = List.of("zab", "multi-paxos");
    private static final Pattern HEAP = Pattern.compile("[1-9][0-9]{0,8}[kmgKMG]");

    @Option(
            names = "--workload",
            required = true,
            paramLabel = "NAME",
            description = "get, set, create (create and delete in turn), mixed (9 get to 1 set), echo.")
    Workload workload = Workload.GET;

    @Option(names = "--connections", paramLabel = "N", description = "Clients, spread over the peers. Default: 12")
    int connections = 12;

    @Option(names = "--in-flight", paramLabel = "N", description = "Requests under way over all. Default: 240")
    int inFlight = 240;

    @Option(names = "--value-bytes", paramLabel = "N", description = "Size of a znode's data. Default: 100")
    int valueBytes = 100;

    @Option(names = "--keys", paramLabel = "N", description = "Znodes read and written. Default: 10000")
    int keys = 10_000;

    @Option(names = "--seconds", paramLabel = "N", description = "Measured rounds of one second. Default: 10")
    int seconds = 10;

    @Option(
            names = "--warmup-seconds",
            paramLabel = "N",
            description = "Load before measuring; less measures the compiler. Default: 20")
    int warmupSeconds = 20;

    @Option(names = "--no-echo", description = "Leaves out the echo, whose rounds are measured in turn, for the ratio.")
    boolean noEcho;

    @Option(names = "--server-heap", paramLabel = "SIZE", description = "-Xmx of each peer. Default: 512m")
    String serverHeap = "512m";

    @Option(
            names = "--consensus",
            paramLabel = "NAME",
            description = "Algorithm of the peers it starts: zab or multi-paxos. Default: zab")
    String consensus = "zab";

    @Option(
            names = "--connect",
            split = ",",
            paramLabel = "HOST:PORT",
            description = "Peers that run already; their CPU and memory are not measured.")
    List<String> connect = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Prints this.")
    boolean help;

    @Spec
    CommandSpec spec = CommandSpec.create();

    /** @throws ParameterException that says which one is wrong, and what is allowed */
    void check() {
        atLeast("--connections", 1, connections);
        require(inFlight >= connections, "--in-flight is --connections (%d) or more, not %d", connections, inFlight);
        require(valueBytes >= 0 && valueBytes <= 1_000_000, "--value-bytes is 0 to 1000000, not %d", valueBytes);
        atLeast("--keys", 1, keys);
        atLeast("--seconds", 1, seconds);
        atLeast("--warmup-seconds", 0, warmupSeconds);
        require(
                HEAP.matcher(serverHeap).matches(),
                "--server-heap is a size as -Xmx takes it, like 512m, not '%s'",
                serverHeap);
        require(CONSENSUS.contains(consensus), "--consensus is one of %s, not '%s'", CONSENSUS, consensus);
    }

    /** How many requests the connection with this index keeps under way. */
    int slotsOf(int connection) {
        return inFlight / connections + (connection < inFlight % connections ? 1 : 0);
    }

    private void atLeast(String name, int least, int value) {
        require(value >= least, "%s is %d or more, not %d", name, least, value);
    }

    private void require(boolean holds, String format, Object... values) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), String.format(format, values));
        }
    }
}
