package io.fluxkeeper.server;

import io.fluxkeeper.server.config.ConfigException;
import io.fluxkeeper.server.config.ServerConfig;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A peer as a process: reads flags and file, starts, runs until it is stopped, and ends with a code that says why. */
public final class Main {
    /** Stopped as asked. */
    static final int OK = 0;
    /** Could not start: a port is taken, the data directory is in use, not this peer's, or of another ensemble. */
    static final int CANNOT_START = 1;
    /** The configuration is wrong. */
    static final int WRONG_CONFIGURATION = 2;
    /** Was running, and a part of it failed; EX_SOFTWARE of sysexits.h. */
    static final int FAILED = 70;

    private static final String LOGGING = "logback.configurationFile";
    /** Beyond the peer's own timeout, for closing files and sockets, before the process ends anyway. */
    private static final Duration CLOSING_TIME = Duration.ofSeconds(5);

    private final PrintStream out;
    private final PrintStream err;
    private final Supplier<PeerParts> parts;
    private final Runtime runtime;
    private final Consumer<ServerConfig> rehearsal;

    /** @param rehearsal what is played once the peer listens */
    Main(
            PrintStream out,
            PrintStream err,
            Supplier<PeerParts> parts,
            Runtime runtime,
            Consumer<ServerConfig> rehearsal) {
        this.out = out;
        this.err = err;
        this.parts = parts;
        this.runtime = runtime;
        this.rehearsal = rehearsal;
    }

    public static void main(String[] args) {
        if (System.getProperty(LOGGING) == null) {
            System.setProperty(LOGGING, "fluxkeeper-logback.xml");
        }
        HeapExhausted.endsTheProcess();
        int code = new Main(System.out, System.err, PeerAssembly::new, new Process(), PeerAssembly::rehearse).run(args);
        System.exit(code);
    }

    /** Runs until the peer has stopped. @return the exit code */
    int run(String... args) {
        Flags flags = new Flags();
        CommandLine commandLine = new CommandLine(flags).setCaseInsensitiveEnumValuesAllowed(true);
        try {
            commandLine.parseArgs(args);
            if (commandLine.isUsageHelpRequested()) {
                commandLine.usage(out);
                return OK;
            }
            if (commandLine.isVersionHelpRequested()) {
                commandLine.printVersionHelp(out);
                return OK;
            }
            return run(ServerConfig.of(flags.toText()), flags.isBare());
        } catch (ParameterException wrong) {
            return say(oneLine(wrong) + " (--help lists all flags)", WRONG_CONFIGURATION);
        } catch (ConfigException wrong) {
            return say(oneLine(wrong), WRONG_CONFIGURATION);
        }
    }

    private int run(ServerConfig config, boolean bare) {
        FluxkeeperServer server;
        try {
            server = FluxkeeperServer.builder()
                    .config(config)
                    .parts(parts)
                    .onHeapExhausted(runtime::onHeapExhausted)
                    .start()
                    .block();
        } catch (StartException cannot) {
            return say(oneLine(cannot), CANNOT_START);
        } catch (RuntimeException unexpected) {
            return say("cannot start: " + oneLine(unexpected), CANNOT_START);
        }
        if (server == null) {
            throw new IllegalStateException("a start gives a server or an error");
        }
        CompletableFuture<Integer> code = new CompletableFuture<>();
        runtime.onStopRequest(server, config.shutdownTimeout().plus(CLOSING_TIME), code);
        out.println(readyLine(server, bare));
        out.flush();
        rehearsal.accept(config);
        int how = awaitEnd(server);
        code.complete(how);
        return how;
    }

    private int awaitEnd(FluxkeeperServer server) {
        try {
            server.terminated().block();
            return OK;
        } catch (StartException misplaced) {
            return say(oneLine(misplaced), CANNOT_START);
        } catch (PeerFailedException failed) {
            return say("peer " + server.id() + " has stopped: " + oneLine(failed), FAILED);
        }
    }

    private static String readyLine(FluxkeeperServer server, boolean bare) {
        StringBuilder line = new StringBuilder("fluxkeeper ")
                .append(Flags.version())
                .append(" peer ")
                .append(server.id())
                .append(": clients at ")
                .append(server.clientAddress());
        server.webSocketAddress()
                .ifPresent(address -> line.append(", by WebSocket at ").append(address));
        server.peerAddress().ifPresent(address -> line.append(", peers at ").append(address));
        line.append(", data in ").append(server.dataDirectory());
        if (bare) {
            line.append(" (one peer for trying out; --help says how to start an ensemble)");
        }
        return line.toString();
    }

    private int say(String line, int code) {
        err.println("fluxkeeper: " + line);
        err.flush();
        return code;
    }

    private static String oneLine(Throwable throwable) {
        String message = throwable.getMessage();
        return (message == null ? throwable.toString() : message)
                .lines()
                .findFirst()
                .orElse("")
                .strip();
    }

    /** The process around a running peer: tells when it is asked to stop. */
    interface Runtime {
        /**
         * @param timeout after which the process ends even if the peer has not stopped
         * @param code completed with the exit code, once the peer has stopped and the user was told why
         */
        void onStopRequest(FluxkeeperServer server, Duration timeout, CompletableFuture<Integer> code);

        /** A part of the peer failed for want of memory: to stop in order would take more of it. */
        default void onHeapExhausted() {}
    }

    /** SIGTERM and SIGINT, by a shutdown hook. */
    private static final class Process implements Runtime {
        @Override
        public void onStopRequest(FluxkeeperServer server, Duration timeout, CompletableFuture<Integer> code) {
            java.lang.Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> stop(server, timeout, code), "fluxkeeper-stop"));
        }

        @Override
        public void onHeapExhausted() {
            HeapExhausted.endProcess();
        }

        private static void stop(FluxkeeperServer server, Duration timeout, CompletableFuture<Integer> code) {
            if (code.isDone()) {
                return; // the process ends because the peer did, with the code that says why
            }
            server.stop().subscribe();
            // A process that a signal ends has exit code 128 + signal, even after an orderly stop; halting says how it
            // was.
            java.lang.Runtime.getRuntime()
                    .halt(code.completeOnTimeout(FAILED, timeout.toNanos(), TimeUnit.NANOSECONDS)
                            .join());
        }
    }
}
