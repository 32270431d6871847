package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.config.ConfigKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FluxkeeperServerTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final FakeParts parts = new FakeParts();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void listensOnceItIsOpenAndServesOnceItLeads() {
        FluxkeeperServer server = start();

        assertThat(parts.story).containsExactly("open", "peers", "clients");
        assertThat(server.clientAddress()).hasToString("127.0.0.1:7401");
        server.ready().block(SOON);
        assertThat(server.status().role()).isEqualTo(Role.LEADING);
        assertThat(server.status().epoch()).isEqualTo(3);
        assertThat(registry.get("fluxkeeper.role").gauge().value()).isEqualTo(2);
        assertThat(registry.get("fluxkeeper.zxid.counter").gauge().value()).isEqualTo(2);
        assertThat(registry.get("fluxkeeper.mailbox.waiting")
                        .tag("lane", "clients")
                        .gauge())
                .isNotNull();

        server.stop().block(SOON);
    }

    @Test
    void stopsInTheOppositeOrderAfterTheReplicaIsReadyToStop() {
        FluxkeeperServer server = start();
        parts.story.clear();

        server.stop().block(SOON);

        assertThat(parts.story).containsExactly("shut down", "clients closed", "peers closed", "journal true, unlock");
        assertThat(parts.journal.calls).endsWith("close");
        assertThat(parts.store.calls).endsWith("close state-0");
        server.terminated().block(SOON);
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void stopsAtItsTimeoutWhenTheReplicaIsNeverReadyToStop() {
        parts.staysReady = true;
        FluxkeeperServer server = FluxkeeperServer.builder()
                .parts(() -> parts)
                .set(ConfigKey.SHUTDOWN_TIMEOUT, "50ms")
                .start()
                .block(SOON);

        server.stop().block(SOON);

        assertThat(parts.story).contains("clients closed", "journal true, unlock");
    }

    @Test
    void stoppingTwiceIsStoppingOnce() {
        FluxkeeperServer server = start();

        server.stop().block(SOON);
        server.stop().block(SOON);
        server.kill().block(SOON);

        assertThat(parts.story.stream().filter("clients closed"::equals)).hasSize(1);
    }

    @Test
    void isKilledWithoutAWordToTheReplica() {
        FluxkeeperServer server = start();
        parts.story.clear();

        server.kill().block(SOON);

        assertThat(parts.story).containsExactly("clients closed", "peers closed", "journal true, unlock");
    }

    @Test
    void stopsAsAWholeWhenItsJournalFails() {
        parts.journal.fails = true;
        FluxkeeperServer server = start();
        parts.mailbox.internal(new ReplicaInput.Demanded(1, 1)); // the fake replica persists a batch

        assertThatThrownBy(() -> server.terminated().block(SOON))
                .isInstanceOf(PeerFailedException.class)
                .hasMessage("fluxkeeper-journal failed: No space left on device");
        assertThat(parts.story).endsWith("clients closed", "peers closed", "journal true, unlock");
    }

    @Test
    void stopsAsAWholeWhenItsReplicaFails() {
        FluxkeeperServer server = start();
        parts.mailbox.internal(new ReplicaInput.Cancelled(1));

        assertThatThrownBy(() -> server.terminated().block(SOON))
                .isInstanceOf(PeerFailedException.class)
                .hasMessage("fluxkeeper-replica failed: gap in history");
        assertThat(parts.journal.calls).endsWith("close");
    }

    @Test
    void closesWhatIsOpenWhenItCannotListen() {
        parts.clientsFailure = new StartException("cannot listen", new IllegalStateException());

        assertThatThrownBy(this::start).isInstanceOf(StartException.class).hasMessage("cannot listen");

        assertThat(parts.story).containsExactly("open", "peers", "peers closed", "journal true, unlock");
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void keepsItsDataInATemporaryDirectoryThatGoesWhenItHasStopped() {
        FluxkeeperServer server = start();
        Path directory = server.dataDirectory();
        assertThat(directory).isDirectory();

        server.stop().block(SOON);

        await().until(() -> !Files.exists(directory));
    }

    @Test
    void startsAnewForEachSubscriber() {
        var start = FluxkeeperServer.builder().parts(FakeParts::new).start();
        FluxkeeperServer first = start.block(SOON);
        FluxkeeperServer second = start.block(SOON);

        assertThat(first.dataDirectory()).isNotEqualTo(second.dataDirectory());
        first.kill().then(second.kill()).block(SOON);
    }

    private FluxkeeperServer start() {
        return FluxkeeperServer.builder()
                .parts(() -> parts)
                .meterRegistry(registry)
                .start()
                .block(SOON);
    }
}
