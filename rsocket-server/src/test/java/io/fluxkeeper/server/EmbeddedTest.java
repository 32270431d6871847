package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.server.config.ConfigKey;
import io.fluxkeeper.server.config.HostPort;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.DefaultPayload;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real peers, with their disks and sockets, spoken to by a plain RSocket client. */
class EmbeddedTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    @Test
    void servesACreateAndAGetAndStillHasItAfterARestart() {
        FluxkeeperServer server = start();
        RSocket client = connect(server.clientAddress());
        String created = request(client, "znode.create", "{\"path\":\"/a\",\"data\":\"aGVsbG8=\"}");
        assertThat(created).contains("\"path\":\"/a\"");
        assertThat(request(client, "znode.get", "{\"path\":\"/a\"}")).contains("\"data\":\"aGVsbG8=\"");
        client.dispose();
        server.stop().block(SOON);

        FluxkeeperServer again = start();
        RSocket second = connect(again.clientAddress());
        assertThat(request(second, "znode.get", "{\"path\":\"/a\"}")).contains("\"data\":\"aGVsbG8=\"");
        second.dispose();
        again.stop().block(SOON);
    }

    @ParameterizedTest
    @CsvSource({"own, true", "shared, false"})
    void answersWhateverThreadItsReplicaRunsOn(String thread, boolean hasItsOwn) {
        FluxkeeperServer server = FluxkeeperServer.builder()
                .dataDirectory(directory)
                .set(ConfigKey.REPLICA_THREAD, thread)
                .start()
                .block(SOON);
        server.ready().block(SOON);
        RSocket client = connect(server.clientAddress());

        assertThat(request(client, "znode.create", "{\"path\":\"/a\"}")).contains("\"path\":\"/a\"");
        assertThat(replicaHasThreadOfItsOwn()).isEqualTo(hasItsOwn);

        client.dispose();
        server.stop().block(SOON);
        assertThat(replicaHasThreadOfItsOwn()).isFalse();
    }

    private static boolean replicaHasThreadOfItsOwn() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("fluxkeeper-replica"));
    }

    @Test
    void hasEverythingThatWasAcknowledgedAfterACrash() {
        FluxkeeperServer server = start();
        RSocket client = connect(server.clientAddress());
        request(client, "znode.create", "{\"path\":\"/a\",\"data\":\"aGVsbG8=\"}");
        server.kill().block(SOON);
        client.dispose();

        FluxkeeperServer again = start();
        RSocket second = connect(again.clientAddress());
        assertThat(request(second, "znode.get", "{\"path\":\"/a\"}")).contains("\"data\":\"aGVsbG8=\"");
        second.dispose();
        again.stop().block(SOON);
    }

    @Test
    void refusesADataDirectoryOfTheOtherAlgorithm() {
        start().stop().block(SOON);

        assertThatThrownBy(() -> FluxkeeperServer.builder()
                        .dataDirectory(directory)
                        .set(ConfigKey.CONSENSUS, "multi-paxos")
                        .start()
                        .block(SOON))
                .isInstanceOf(StartException.class)
                .hasMessage("The data directory " + directory + " was written with zab, and this peer is to run"
                        + " multi-paxos: start it with --consensus=zab, or give it a directory of its own.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zab", "multi-paxos"})
    void startsAnEnsembleOfThreeThatGoesOnWithoutItsLeader(String consensus) {
        EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(3, builder -> builder.set(ConfigKey.CONSENSUS, consensus))
                .block(SOON);
        try {
            ensemble.ready().block(SOON);
            await().atMost(SOON).until(() -> ensemble.leader().isPresent());
            PeerId leader = ensemble.leader().orElseThrow();
            ensemble.kill(leader).block(SOON);
            await().atMost(SOON).until(() -> ensemble.leader().isPresent());
            assertThat(ensemble.leader().orElseThrow()).isNotEqualTo(leader);
            assertThat(ensemble.peer(leader)).isEmpty();
            ensemble.start(leader).block(SOON).ready().block(SOON);
            assertThat(ensemble.addresses()).hasSize(3);
        } finally {
            ensemble.close().block(SOON);
        }
    }

    private FluxkeeperServer start() {
        FluxkeeperServer server =
                FluxkeeperServer.builder().dataDirectory(directory).start().block(SOON);
        server.ready().block(SOON);
        return server;
    }

    private static RSocket connect(HostPort address) {
        return RSocketConnector.create()
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .dataMimeType("application/json")
                .connect(TcpClientTransport.create(address.host(), address.port()))
                .block(SOON);
    }

    private static String request(RSocket client, String route, String json) {
        CompositeByteBuf metadata = ByteBufAllocator.DEFAULT.compositeBuffer();
        CompositeMetadataCodec.encodeAndAddMetadata(
                metadata,
                ByteBufAllocator.DEFAULT,
                WellKnownMimeType.MESSAGE_RSOCKET_ROUTING,
                TaggingMetadataCodec.createTaggingContent(ByteBufAllocator.DEFAULT, List.of(route)));
        Payload payload =
                DefaultPayload.create(Unpooled.wrappedBuffer(json.getBytes(StandardCharsets.UTF_8)), metadata);
        return client.requestResponse(payload)
                .map(reply -> {
                    String text = reply.getDataUtf8();
                    reply.release();
                    return text;
                })
                .block(SOON);
    }
}
