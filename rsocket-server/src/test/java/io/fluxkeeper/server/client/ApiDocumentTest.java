package io.fluxkeeper.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.PipelineFormat;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.server.EmbeddedEnsemble;
import io.fluxkeeper.server.config.HostPort;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.RSocketErrorException;
import io.rsocket.transport.netty.client.TcpClientTransport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** {@code docs/api.md} says what is: its examples go through the server, with a replica that answers as documented. */
class ApiDocumentTest {
    private static final ApiCodec JSON = ApiCodec.of(ApiCodec.Format.JSON);

    @Test
    void everyRouteHasAnExampleAndEveryExampleARoute() throws Exception {
        Set<String> routes = Routes.ALL.stream().map(Routes.Route::name).collect(Collectors.toSet());
        routes.add(PipelineFormat.ROUTE);
        assertThat(ApiDocument.examples().stream().map(e -> e.request().route()).collect(Collectors.toSet()))
                .isEqualTo(routes);
    }

    @Test
    void everyErrorCodeIsInTheTableWithItsNumber() throws Exception {
        String document = Files.readString(Path.of("docs/api.md"));
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(document).contains("| `" + code + "` | 0x" + Integer.toHexString(code.wireCode()) + " |");
        }
    }

    @Test
    void everyExampleTravelsThroughTheServerAsDocumented() throws Exception {
        try (ApiServer server = new ApiServer()) {
            replay(server.connect(), example -> answerAsDocumented(server.mailbox, example));
        }
    }

    @Test
    void everyExampleDoesOnAFreshServerWhatItSays() throws Exception {
        EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(1).block(ApiServer.SOON);
        try {
            ensemble.ready().block(ApiServer.SOON);
            HostPort address = ensemble.addresses().get(0);
            RSocket client = ApiServer.connector("application/json")
                    .connect(TcpClientTransport.create(address.host(), address.port()))
                    .block(ApiServer.SOON);
            replay(client, example -> {});
            client.dispose();
        } finally {
            ensemble.close().block(ApiServer.SOON);
        }
    }

    private static void replay(RSocket client, Consumer<ApiDocument.Example> beforeEach) throws Exception {
        Map<String, String> learned = new HashMap<>();
        for (ApiDocument.Example example : ApiDocument.examples()) {
            beforeEach.accept(example);
            List<String> actual = ask(client, example, learned);
            assertThat(actual).as(example.request().json()).hasSameSizeAs(example.answers());
            for (int i = 0; i < actual.size(); i++) {
                ApiDocument.match(example.answers().get(i).json(), actual.get(i), learned);
            }
        }
    }

    private static List<String> ask(RSocket client, ApiDocument.Example example, Map<String, String> learned)
            throws Exception {
        if (example.request().route().equals(PipelineFormat.ROUTE)) {
            return List.of(pipeline(client, example.request().json()));
        }
        Payload request = ApiServer.request(
                example.request().route(), ApiDocument.filled(example.request().json(), learned));
        if (example.answers().get(0).kind().equals("item")) {
            return client.requestStream(request)
                    .take(example.answers().size())
                    .map(Payload::getDataUtf8)
                    .collectList()
                    .block(ApiServer.SOON);
        }
        return List.of(client.requestResponse(request)
                .map(Payload::getDataUtf8)
                .onErrorResume(RSocketErrorException.class, error -> Mono.just(error.getMessage()))
                .block(ApiServer.SOON));
    }

    /** Entries as a list in JSON, both ways; answers by their numbers. */
    private static String pipeline(RSocket client, String json) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        List<byte[]> entries = new ArrayList<>();
        for (JsonNode entry : mapper.readTree(json)) {
            entries.add(PipelineClient.entry(
                    entry.get("number").intValue(),
                    entry.get("route").textValue(),
                    entry.get("data").toString()));
        }
        ArrayNode answers = mapper.createArrayNode();
        List<PipelineClient.Answer> came =
                new PipelineClient(client).send(entries.toArray(byte[][]::new)).await(entries.size());
        for (PipelineClient.Answer answer : came.stream()
                .sorted(Comparator.comparingInt(PipelineClient.Answer::number))
                .toList()) {
            answers.addObject()
                    .put("number", answer.number())
                    .put("code", answer.code())
                    .set("data", mapper.readTree(answer.json()));
        }
        return answers.toString();
    }

    /** Sends the documented answers through the codec, with something plausible for what varies. */
    private static void answerAsDocumented(ScriptedMailbox mailbox, ApiDocument.Example example) {
        AtomicInteger asked = new AtomicInteger();
        mailbox.script((input, out) -> {
            if (input instanceof ReplicaInput.Requested requested) {
                ApiDocument.Block answer = example.request().route().equals(PipelineFormat.ROUTE)
                        ? entry(example.answers().get(0), asked.getAndIncrement())
                        : example.answers().get(0);
                out.reply(
                        requested.handle(),
                        answer.kind().equals("error")
                                ? read(ServerReply.Refused.class, answer)
                                : (ServerReply)
                                        read(Routes.of(requested.request()).reply(), answer));
            } else if (input instanceof ReplicaInput.Demanded demanded) {
                out.emit(
                        demanded.subscription(),
                        example.answers().stream()
                                .map(block -> read(WatchItem.class, block))
                                .toList());
            }
        });
    }

    /** An answer of the pipeline as if it had come alone. */
    private static ApiDocument.Block entry(ApiDocument.Block answers, int index) {
        try {
            JsonNode entry = new ObjectMapper().readTree(answers.json()).get(index);
            String spaced = entry.get("data").toString().replace("\":", "\": ");
            return new ApiDocument.Block(entry.get("code").intValue() == 0 ? "reply" : "error", "", spaced);
        } catch (JsonProcessingException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static <R> R read(Class<R> type, ApiDocument.Block block) {
        String json = block.json()
                .replace(
                        "\"stat\": \"<*>\"",
                        "\"stat\": {\"czxid\": 1, \"mzxid\": 1, \"ephemeralOwner\": 0, \"pzxid\": 1}")
                .replace("\"code\": \"<*>\"", "\"code\": \"SESSION_EXPIRED\"")
                .replace("\"<session>\"", "\"77\"")
                .replace("\"<password>\"", "\"AAAA\"")
                .replaceAll("\"(message|version|role)\": \"<\\*>\"", "\"$1\": \"x\"")
                .replaceAll("\"<(\\w+|\\*)>\"", "3");
        byte[] bytes = json.getBytes(UTF_8);
        return JSON.readReply(type, bytes, 0, bytes.length);
    }

    @Test
    void aPlaceholderIsLearnedOnceAndTheSameAfterwards() throws Exception {
        Map<String, String> learned = new HashMap<>();
        ApiDocument.match("{\"zxid\":\"<z>\",\"path\":\"/a\"}", "{\"zxid\":\"5\",\"path\":\"/a\"}", learned);
        assertThat(ApiDocument.filled("{\"from\":\"<z>\"}", learned)).isEqualTo("{\"from\":\"5\"}");
        assertThatThrownBy(() -> ApiDocument.match("{\"zxid\":\"<z>\"}", "{\"zxid\":\"6\"}", learned))
                .hasMessageContaining("differ at .zxid");
        assertThatThrownBy(() -> ApiDocument.match("{\"a\":1}", "{\"a\":1,\"b\":2}", learned))
                .hasMessageContaining("differ at the top");
    }
}
