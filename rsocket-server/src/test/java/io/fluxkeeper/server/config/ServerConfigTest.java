package io.fluxkeeper.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.zab.ZabLimits;
import io.fluxkeeper.core.replica.ReplicaConfig;
import io.fluxkeeper.server.loop.JournalThread;
import io.fluxkeeper.server.loop.MailboxBounds;
import io.fluxkeeper.server.loop.StoreThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerConfigTest {
    @Test
    void isOnePeerForTryingOutWhenNothingIsSaid() {
        ServerConfig config = ServerConfig.of(new ConfigText());

        assertThat(config.isAlone()).isTrue();
        assertThat(config.clients()).hasToString("127.0.0.1:7400");
        assertThat(config.webSocket()).isNull();
        assertThat(config.data()).isEqualTo(Path.of("fluxkeeper-data"));
    }

    /** The keys' defaults are text, for the documentation; the records have them too, for whoever makes those. */
    @Test
    void hasTheDefaultsOfTheRecordsItIsMadeOf() {
        ServerConfig config = ServerConfig.of(new ConfigText());

        assertThat(config.timing()).isEqualTo(EnsembleTiming.DEFAULT);
        assertThat(config.mailbox()).isEqualTo(MailboxBounds.DEFAULT);
        assertThat(config.replica()).isEqualTo(ReplicaConfig.Bounds.DEFAULT);
        assertThat(config.journal()).isEqualTo(JournalThread.Settings.DEFAULT);
        assertThat(config.store()).isEqualTo(StoreThread.Settings.DEFAULT);
        assertThat(config.historyEntriesKept()).isEqualTo(ZabLimits.DEFAULT.historyEntriesKept());
    }

    @Test
    void readsEveryLevelOfAFile() {
        ServerConfig config = of("""
                id: 2
                ensemble:
                  1: 127.0.0.1:7501:7401
                  2: "[::1]:7502:7402"
                found: [1, 2]
                webSocketPort: 7480
                shutdownTimeout: 3s
                timing:
                  tickTime: 20ms
                mailbox:
                  clientInputsMax: 5
                replica:
                  readWait: 1s
                  replyBytesMax: 2MiB
                """);

        assertThat(config.id()).isEqualTo(new PeerId(2));
        assertThat(config.clients()).hasToString("[::1]:7402");
        assertThat(config.webSocket()).hasToString("[::1]:7480");
        assertThat(config.ensemble().get(new PeerId(1)).forPeers()).hasToString("127.0.0.1:7501");
        assertThat(config.found()).containsExactly(new PeerId(1), new PeerId(2));
        assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.mailbox().clientInputsMax()).isEqualTo(5);
        assertThat(config.replica().readWaitTicks()).isEqualTo(50);
        assertThat(config.replica().replyBytesMax()).isEqualTo(2 << 20);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "clientInputMax: 3 | file.yaml: there is no key \"clientInputMax\"; the nearest is \"mailbox.clientInputsMax\"",
                "mailbox: {clientInputMax: 3} | file.yaml: there is no key \"mailbox.clientInputMax\"; the nearest is \"mailbox.clientInputsMax\"",
                "dat: x | file.yaml: there is no key \"dat\"; the nearest is \"data\"",
                "id: one | id: \"one\" is not allowed; allowed is a whole number from 1 to 255",
                "data: [a, b] | data: one value is expected",
                "just text | file.yaml: keys with values are expected, as in \"id: 1\"",
                "mailbox: 7 | file.yaml: keys with values are expected, as in \"id: 1\"",
                "store: {commitBytes: 8 parsecs} | store.commitBytes: \"8 parsecs\" is not allowed; allowed is a size such as 512KiB, 8MiB or 1GiB",
                "store: {commitInterval: 3} | store.commitInterval: \"3\" is not allowed; allowed is a time such as 50ms, 10s or 2m, 8760h at most",
                "replica: {readWait: 3000000h} | replica.readWait: \"3000000h\" is not allowed; allowed is a time such as 50ms, 10s or 2m, 8760h at most",
                "mailbox: {laneQuota: 0} | mailbox.laneQuota: \"0\" is not allowed; allowed is a whole number, 1 or more",
                "replica: {replyBytesMax: 3MiB} | replica.replyBytesMax: \"3MiB\" is not allowed; allowed is a size from 64KiB to 2MiB",
                "consensus: raft | consensus: \"raft\" is not allowed; allowed is zab or multi-paxos",
                "acceptLoss: perhaps | acceptLoss: \"perhaps\" is not allowed; allowed is true or false",
                "timing: {pingTicks: 0} | timing.pingTicks: \"0\" is not allowed; allowed is a whole number, 1 or more",
                "timing: {initTicks: 4, syncTicks: 3, pingTicks: 1, diskStallTicks: 9} | timing.initTicks: 4 is not allowed; allowed is 5 or more",
                "timing: {tickTime: 1ms} | timing.tickTime: 1ms is not allowed; allowed is 10ms to 10s",
                "timing: {pingTicks: 20} | timing.syncTicks (30) must exceed twice timing.pingTicks (20)",
                "timing: {initTicks: 20} | timing.initTicks (20) must not be less than timing.syncTicks (30)",
                "timing: {diskStallTicks: 4} | timing.diskStallTicks (4) must exceed timing.pingTicks (4)",
            })
    void refusesByName(String yaml, String message) {
        assertThatThrownBy(() -> of(yaml)).isInstanceOf(ConfigException.class).hasMessage(message);
    }

    /** Whatever the key, its name and what is allowed are said. */
    @Test
    void refusesAWrongValueOfEveryKey() {
        for (ConfigKey<?> key : ConfigKey.all()) {
            String wrong = key == ConfigKey.DATA ? " " : "-7 wrong";
            ConfigText text = new ConfigText();
            text.set(key, wrong);
            assertThatThrownBy(() -> ServerConfig.of(text))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(key.name() + ": \"" + wrong + "\" is not allowed; allowed is " + key.allowed());
        }
    }

    @Test
    void refusesAFileThatCannotBeRead(@TempDir Path directory) {
        assertThatThrownBy(() -> ConfigText.ofFile(directory))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("config: " + directory + " cannot be read: ");
    }

    /** Fewer could not confirm whoever comes later, and two such sets need have no peer in common. */
    @Test
    void refusesFewerFoundersThanAQuorum() {
        assertThatThrownBy(() -> of("id: 1\nensemble: {1: h:1:2, 2: h:3:4, 3: h:5:6}\nfound: [3]\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("found: \"[3]\" is not allowed; allowed is ids of the ensemble, at least 2 of [1, 2, 3]");
    }

    @Test
    void saysWhatIsWrongWithTheYamlNotWhatTheParserWasAbout() {
        assertThatThrownBy(() -> of("id: 1\n\tx: 2\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(" is not YAML: found character '\\t(TAB)'");
        assertThatThrownBy(() -> of("id: \"1\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(" is not YAML: found unexpected end of stream");
    }

    @Test
    void saysThatAFileIsNotText(@TempDir Path directory) throws IOException {
        Path file = Files.write(directory.resolve("x.yaml"), new byte[] {'i', 'd', ':', ' ', (byte) 0xff});
        assertThatThrownBy(() -> ConfigText.ofFile(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage("config: " + file + " is not UTF-8");
    }

    @Test
    void refusesAKeyThatIsSaidTwice() {
        assertThatThrownBy(() -> of("id: 1\nid: 2\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("file.yaml: line 2 is not YAML: ");
    }

    /** One row a key, with its default, in the order of the keys. */
    @Test
    void isDocumentedKeyByKey() throws IOException {
        String document = Files.readString(Path.of("docs/configuration.md"));
        int from = 0;
        for (ConfigKey<?> key : ConfigKey.all()) {
            String shown = key.defaultText().isEmpty() ? "" : "`" + key.defaultText() + "`";
            int row = document.indexOf("\n| `" + key.name() + "` | ", from);
            assertThat(row).as("row of %s", key.name()).isPositive();
            String line = document.substring(row + 1, document.indexOf('\n', row + 1));
            assertThat(line.split("\\|")).hasSize(5);
            assertThat(line).contains("| " + shown);
            from = row;
        }
    }

    private static ServerConfig of(String yaml) {
        return ServerConfig.of(ConfigText.ofYaml(yaml, "file.yaml"));
    }
}
