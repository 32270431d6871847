package io.fluxkeeper.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import io.rsocket.exceptions.CustomRSocketException;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.rsocket.RSocketRequester;
import org.springframework.util.MimeTypeUtils;
import reactor.test.StepVerifier;

/** The API without our client library: Spring's requester and JSON as text. */
class SpringClientTest {
    private static final Zxid ZXID = Zxid.of(3, 9);
    private static final Stat STAT = new Stat(ZXID, ZXID, 1, 1, 0, 0, 0, SessionId.NONE, 5, 0, ZXID);

    private ApiServer server;
    private RSocketRequester requester;

    @BeforeEach
    void start() {
        server = new ApiServer();
        requester = RSocketRequester.builder()
                .dataMimeType(MimeTypeUtils.APPLICATION_JSON)
                .transport(server.tcp());
        server.mailbox.script((input, out) -> {
            if (input instanceof ReplicaInput.Requested requested) {
                out.reply(requested.handle(), answer(requested.request()));
            } else if (input instanceof ReplicaInput.Demanded demanded) {
                for (long i = 0; i < demanded.items(); i++) {
                    out.emit(
                            demanded.subscription(),
                            List.of(new WatchItem.Changed(
                                    ZXID, (int) i, true, EventType.CREATED, ZnodePath.of("/a"), STAT, null)));
                }
            }
        });
    }

    private static ServerReply answer(ClientRequest request) {
        if (request instanceof ClientRequest.Create create) {
            return new ServerReply.Created(ZXID, ZnodePath.of(create.path()), STAT);
        }
        if (request instanceof ClientRequest.GetData get && get.path().equals(ZnodePath.of("/a"))) {
            return new ServerReply.Data(ZXID, new byte[] {1, 2, 3}, STAT);
        }
        return ServerReply.Refused.at(ZXID, ErrorCode.NO_NODE, "/b", "/b does not exist");
    }

    @AfterEach
    void stop() {
        requester.dispose();
        server.close();
    }

    @Test
    void createsAndGetsAZnode() throws Exception {
        String data = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});
        JsonNode created = ask("znode.create", "{\"path\":\"/a\",\"data\":\"" + data + "\"}");
        assertThat(created.get("path").textValue()).isEqualTo("/a");
        assertThat(created.get("zxid").textValue()).isEqualTo(Long.toString(ZXID.value()));
        JsonNode got = ask("znode.get", "{\"path\":\"/a\"}");
        assertThat(got.get("data").binaryValue()).containsExactly(1, 2, 3);
        assertThat(got.get("stat").get("dataLength").intValue()).isEqualTo(5);
    }

    private JsonNode ask(String route, String json) throws Exception {
        String reply =
                requester.route(route).data(json).retrieveMono(String.class).block(ApiServer.SOON);
        return new ObjectMapper().readTree(reply);
    }

    @Test
    void aRefusalArrivesAsAnApplicationErrorWithItsCode() {
        StepVerifier.create(
                        requester.route("znode.get").data("{\"path\":\"/b\"}").retrieveMono(String.class))
                .verifyErrorSatisfies(error -> {
                    assertThat(error).isInstanceOf(CustomRSocketException.class);
                    assertThat(((CustomRSocketException) error).errorCode()).isEqualTo(0x301);
                    assertThat(error).hasMessageContaining("\"code\":\"NO_NODE\"");
                });
    }

    @Test
    void aWatchYieldsAsMuchAsItsSubscriberDemands() {
        StepVerifier.create(requester.route("watch").data("{\"path\":\"/a\"}").retrieveFlux(String.class), 2)
                .expectNextMatches(item -> item.contains("\"ordinal\":0"))
                .expectNextMatches(item -> item.startsWith("{\"item\":\"changed\""))
                .thenCancel()
                .verify(ApiServer.SOON);
        long demanded = server.mailbox.told(ReplicaInput.Demanded.class).stream()
                .mapToLong(ReplicaInput.Demanded::items)
                .sum();
        assertThat(demanded).isEqualTo(2);
    }
}
