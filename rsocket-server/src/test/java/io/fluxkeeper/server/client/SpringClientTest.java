package io.fluxkeeper.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fluxkeeper.server.EmbeddedEnsemble;
import io.fluxkeeper.server.config.HostPort;
import io.rsocket.exceptions.CustomRSocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.rsocket.RSocketRequester;
import org.springframework.util.MimeTypeUtils;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** A whole ensemble without our client library: Spring's requester, JSON as text, a connection to each peer. */
class SpringClientTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static EmbeddedEnsemble ensemble;
    private static final List<RSocketRequester> PEERS = new ArrayList<>();

    @BeforeAll
    static void start() {
        ensemble = EmbeddedEnsemble.start(3).block(SOON);
        ensemble.ready().block(SOON);
        for (HostPort address : ensemble.addresses()) {
            PEERS.add(RSocketRequester.builder()
                    .dataMimeType(MimeTypeUtils.APPLICATION_JSON)
                    .tcp(address.host(), address.port()));
        }
    }

    @AfterAll
    static void stop() {
        PEERS.forEach(RSocketRequester::dispose);
        ensemble.close().block(SOON);
    }

    @Test
    void createsAtOnePeerAndReadsAtAnother() {
        JsonNode created = ask(0, "znode.create", "{\"path\":\"/spring\",\"data\":\"AQID\"}");
        assertThat(created.get("path").textValue()).isEqualTo("/spring");
        String zxid = created.get("zxid").textValue();
        assertThat(created.get("stat").get("czxid").textValue()).isEqualTo(zxid);

        JsonNode read = ask(1, "znode.get", "{\"path\":\"/spring\",\"stamp\":{\"atLeast\":\"" + zxid + "\"}}");

        assertThat(read.get("data").textValue()).isEqualTo("AQID");
        assertThat(read.get("stat")).isEqualTo(created.get("stat"));
    }

    @Test
    void aRefusalArrivesAsAnApplicationErrorWithItsCodeAndItsJson() {
        StepVerifier.create(request(2, "znode.set", "{\"path\":\"/nowhere\",\"data\":\"\"}"))
                .verifyErrorSatisfies(error -> {
                    assertThat(error).isInstanceOf(CustomRSocketException.class);
                    assertThat(((CustomRSocketException) error).errorCode()).isEqualTo(0x301);
                    JsonNode refusal = parse(error.getMessage());
                    assertThat(refusal.get("code").textValue()).isEqualTo("NO_NODE");
                    assertThat(refusal.get("path").textValue()).isEqualTo("/nowhere");
                    assertThat(refusal.get("message").textValue()).isEqualTo("/nowhere does not exist");
                });
    }

    @Test
    void aWatchYieldsEachChangeOnceAndOnlyAsItsSubscriberDemands() {
        String from =
                ask(0, "znode.create", "{\"path\":\"/watched\"}").get("zxid").textValue();
        String watch = "{\"path\":\"/watched\",\"data\":true,\"from\":{\"zxid\":\"" + from + "\"}}";
        List<String> zxids = new ArrayList<>();

        StepVerifier.create(PEERS.get(1).route("watch").data(watch).retrieveFlux(String.class), 1)
                .expectNextMatches(item -> parse(item).get("item").textValue().equals("started"))
                .then(() -> List.of("bmV1", "bmV1ZXI=")
                        .forEach(data ->
                                zxids.add(ask(2, "znode.set", "{\"path\":\"/watched\",\"data\":\"" + data + "\"}")
                                        .get("zxid")
                                        .textValue())))
                .thenRequest(1)
                .assertNext(item -> assertChanged(item, zxids.get(0), "bmV1"))
                .thenRequest(1)
                .assertNext(item -> assertChanged(item, zxids.get(1), "bmV1ZXI="))
                .thenCancel()
                .verify(SOON);
    }

    private static void assertChanged(String item, String zxid, String data) {
        JsonNode change = parse(item);
        assertThat(change.get("item").textValue()).isEqualTo("changed");
        assertThat(change.get("type").textValue()).isEqualTo("DATA_CHANGED");
        assertThat(change.get("path").textValue()).isEqualTo("/watched");
        assertThat(change.get("zxid").textValue()).isEqualTo(zxid);
        assertThat(change.get("data").textValue()).isEqualTo(data);
    }

    private static JsonNode ask(int peer, String route, String json) {
        return parse(request(peer, route, json).block(SOON));
    }

    private static Mono<String> request(int peer, String route, String json) {
        return PEERS.get(peer).route(route).data(json).retrieveMono(String.class);
    }

    private static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException noJson) {
            throw new AssertionError("not JSON: " + json, noJson);
        }
    }
}
