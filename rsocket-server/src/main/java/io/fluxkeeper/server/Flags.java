package io.fluxkeeper.server;

import io.fluxkeeper.server.config.ConfigKey;
import io.fluxkeeper.server.config.ConfigText;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** The command line of a peer. Values are kept as text: flags and file are read by the same {@link ConfigKey}s. */
@Command(
        name = "fluxkeeper-server",
        sortOptions = false,
        usageHelpWidth = 120,
        versionProvider = Flags.Version.class,
        description = {
            "Runs one peer of a Fluxkeeper ensemble.",
            "With nothing else it is one peer for trying out: clients at 127.0.0.1:7400, data in ./fluxkeeper-data.",
            ""
        },
        footer = {
            "",
            "Everything else is set in the file; flags win. Exit codes: 0 stopped as asked, 1 could not start,",
            "2 wrong configuration, 70 a part of the running peer failed."
        })
final class Flags {
    @Option(names = "--id", paramLabel = "ID", description = "Which peer of the ensemble this is, 1 to 255.")
    @Nullable String id;

    @Option(
            names = "--ensemble",
            paramLabel = "ENSEMBLE",
            description = "All peers: ID=HOST:PEERPORT:CLIENTPORT,... for example "
                    + "1=127.0.0.1:7501:7401,2=127.0.0.1:7502:7402,3=127.0.0.1:7503:7403")
    @Nullable String ensemble;

    @Option(names = "--data", paramLabel = "DIR", description = "The peer's data directory; default ./fluxkeeper-data.")
    @Nullable String data;

    @Option(
            names = "--client",
            paramLabel = "HOST:PORT",
            description = "Where it listens for clients; default as the ensemble says. Port 0 takes a free one.")
    @Nullable String client;

    @Option(
            names = "--websocket-port",
            paramLabel = "PORT",
            description = "Where it listens for clients that come by WebSocket; default off.")
    @Nullable String webSocketPort;

    @Option(
            names = "--consensus",
            paramLabel = "NAME",
            description = "How peers agree: zab or multi-paxos, the same at all of them and for good; default zab.")
    @Nullable String consensus;

    @Option(names = "--config", paramLabel = "FILE", description = "Reads settings from a YAML file.")
    @Nullable Path config;

    @Option(
            names = "--accept-loss",
            description = "Goes on though the journal has lost acknowledged writes. Only when no quorum is sound.")
    boolean acceptLoss;

    @Option(
            names = "--found",
            paramLabel = "IDS",
            description = "Peers that found the ensemble, more than half of it, for example 1,2; default all.")
    @Nullable String found;

    @Option(names = "--help", usageHelp = true, description = "Prints this.")
    boolean help;

    @Option(names = "--version", versionHelp = true, description = "Prints the version.")
    boolean version;

    /** Whether nothing at all was said. */
    boolean isBare() {
        return id == null
                && ensemble == null
                && data == null
                && client == null
                && config == null
                && webSocketPort == null
                && consensus == null
                && found == null
                && !acceptLoss;
    }

    /** @throws io.fluxkeeper.server.config.ConfigException for a file that cannot be used */
    ConfigText toText() {
        ConfigText text = new ConfigText();
        set(text, ConfigKey.ID, id);
        set(text, ConfigKey.ENSEMBLE, ensemble);
        set(text, ConfigKey.DATA, data);
        set(text, ConfigKey.CLIENT, client);
        set(text, ConfigKey.WEBSOCKET_PORT, webSocketPort);
        set(text, ConfigKey.CONSENSUS, consensus);
        set(text, ConfigKey.ACCEPT_LOSS, acceptLoss ? "true" : null);
        set(text, ConfigKey.FOUND, found);
        return config == null ? text : ConfigText.ofFile(config).overlaidBy(text);
    }

    private static void set(ConfigText text, ConfigKey<?> key, @Nullable String value) {
        if (value != null) {
            text.set(key, value);
        }
    }

    /** Of the jar it runs from; while developing, from classes, there is none. */
    static String version() {
        String version = Flags.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"fluxkeeper " + version()};
        }
    }
}
