package io.fluxkeeper.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a command line is said in one line, before anything is sent; nobody listens in these tests. */
class UsageTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `` | Missing required subcommand (fluxkeeper --help says more)
            get | Missing required parameter: 'PATH' (fluxkeeper get --help says more)
            set /a | Missing required parameter: 'DATA' (fluxkeeper set --help says more)
            get a | Invalid value for positional parameter at index 0 (PATH): a path starts with /: "a" (fluxkeeper get --help says more)
            create a | Invalid value for positional parameter at index 0 (PATH): a path starts with /: "a" (fluxkeeper create --help says more)
            create / | Invalid value for positional parameter at index 0 (PATH): the root exists and cannot be created (fluxkeeper create --help says more)
            create /a/ | Invalid value for positional parameter at index 0 (PATH): a path does not end with /: "/a/" (fluxkeeper create --help says more)
            delete /a/ | Invalid value for positional parameter at index 0 (PATH): a path does not end with /: "/a/" (fluxkeeper delete --help says more)
            get --bad /a | Unknown option: '--bad' (fluxkeeper get --help says more)
            get /a /b | Unmatched argument at index 2: '/b' (fluxkeeper get --help says more)
            fetch /a | Unmatched arguments from index 0: 'fetch', '/a' (fluxkeeper --help says more)
            set --version x /a b | Invalid value for option '--version': a version is 0 or more, or -1 for any, not 'x' (fluxkeeper set --help says more)
            delete --version -2 /a | Invalid value for option '--version': a version is 0 or more, or -1 for any, not '-2' (fluxkeeper delete --help says more)
            watch --count 0 /a | Invalid value for option '--count': a count is 1 or more, not '0' (fluxkeeper watch --help says more)
            observe --depth x /a | Invalid value for option '--depth': a depth is 0 or more, not 'x' (fluxkeeper observe --help says more)
            watch --from 4-17 /a | Invalid value for option '--from': a zxid is written EPOCH:COUNTER, as 4:17, or as a number, not '4-17' (fluxkeeper watch --help says more)
            watch --from 99999999:1 /a | Invalid value for option '--from': epoch 99999999 is outside 0..8388607 (fluxkeeper watch --help says more)
            watch --from 9999999999999999999 /a | Invalid value for option '--from': a zxid has 63 bits; '9999999999999999999' has more (fluxkeeper watch --help says more)
            watch --children --subtree /a | Error: --children, --subtree are mutually exclusive (specify only one) (fluxkeeper watch --help says more)
            ls -R --pinned /a | Error: --recursive, --pinned are mutually exclusive (specify only one) (fluxkeeper ls --help says more)
            --timeout 10 get /a | Invalid value for option '--timeout': a time is written 500ms, 10s or 2m, not '10' (fluxkeeper --help says more)
            --timeout 1441m get /a | Invalid value for option '--timeout': a time is 24h at most (1440m), not '1441m' (fluxkeeper --help says more)
            set /a x\uFFFDy | Invalid value for positional parameter at index 1 (DATA): it holds bytes that are no text in this locale (UTF-8); LC_ALL=C.UTF-8 makes it UTF-8 (fluxkeeper set --help says more)
            --timeout 0s get /a | Invalid value for option '--timeout': a time is longer than zero (fluxkeeper --help says more)
            -c localhost get /a | --connect: an address is HOST:PORT, not "localhost" (fluxkeeper --help says more)
            -c , get /a | --connect: addresses: at least one is needed (fluxkeeper --help says more)
            -c a:1,a:1 get /a | --connect: addresses: one is there twice (fluxkeeper --help says more)
            -c a:1,a:x get /a | --connect: the port is missing or no number in "a:x" (fluxkeeper --help says more)
            """)
    void aWrongCommandLineIsRefusedInOneLine(String line, String message) {
        Run run = Run.of(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(run.err()).isEqualTo("fluxkeeper: " + message + System.lineSeparator());
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(Cli.USAGE);
    }

    @Test
    void theHelpNamesEveryCommandAndTheExitCodes() {
        Run run = Run.of("--help");

        assertThat(run.code()).isEqualTo(Cli.OK);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("Usage: fluxkeeper")
                .contains("create", "get", "set", "delete", "ls", "stat", "watch", "observe", "status", "shell")
                .contains("-c, --connect=HOST:PORT[,...]")
                .contains("127.0.0.1:7400")
                .contains("0 done, 1 refused by the service, 2 wrong usage, 3 not reachable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "get", "set", "delete", "ls", "stat", "watch", "observe", "status", "shell"})
    void eachCommandHasHelpThatFitsEightyColumns(String command) {
        Run run = Run.of(command, "--help");

        assertThat(run.code()).isEqualTo(Cli.OK);
        assertThat(run.out()).startsWith("Usage: fluxkeeper " + command);
        assertThat(run.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    }

    @Test
    void theVersionIsPrinted() {
        assertThat(Run.of("--version").out()).startsWith("fluxkeeper ");
    }

    @Test
    void statusHasALineForEachAddressWhereNobodyListens() {
        Run run = Run.of("-c", "127.0.0.1:1,127.0.0.1:2", "status");

        assertThat(run.code()).isEqualTo(Cli.NOT_REACHABLE);
        assertThat(run.lines()).hasSize(3);
        assertThat(run.lines().get(1)).startsWith("127.0.0.1:1 ").endsWith("127.0.0.1:1: connection refused");
        assertThat(run.lines().get(2)).startsWith("127.0.0.1:2 ").endsWith("127.0.0.1:2: connection refused");
    }

    @Test
    void whereNobodyListensTheExitCodeIsThree() {
        Run run = Run.of("-c", "127.0.0.1:1", "--timeout", "300ms", "get", "/a");

        assertThat(run.code()).isEqualTo(Cli.NOT_REACHABLE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .isEqualTo(
                        "fluxkeeper: no peer of [127.0.0.1:1] was reached within 300 ms; the last: connection refused\n");
    }

    @Test
    void optionsForEveryCommandMayStandBehindIt() {
        Run run = Run.of("get", "/a", "--json", "--timeout", "300ms", "-c", "127.0.0.1:1");

        assertThat(run.code()).isEqualTo(Cli.NOT_REACHABLE);
    }

    @Test
    void everyCommandOfAShellLineIsCompleted() {
        assertThat(ShellCompleter.COMMANDS)
                .contains("exit", "help")
                .containsAll(Cli.commandLine(
                                new ShellLine(
                                        new Console(System.in, System.out, System.err, new AtomicBoolean()),
                                        null,
                                        false),
                                new Console(System.in, System.out, System.err, new AtomicBoolean()))
                        .getSubcommands()
                        .keySet())
                .isEqualTo(List.copyOf(new java.util.TreeSet<>(ShellCompleter.COMMANDS)));
    }
}
