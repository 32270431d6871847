package io.fluxkeeper.core.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.Acl;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The API's records as bytes: what goes in comes out, in both formats, and what is wrong is said in words. */
class ApiCodecTest {
    private static final ApiCodec JSON = ApiCodec.of(ApiCodec.Format.JSON);
    private static final ApiCodec CBOR = ApiCodec.of(ApiCodec.Format.CBOR);

    private static final Zxid ZXID = Zxid.of(4_000_000, 17); // beyond 53 bits
    private static final SessionId SESSION = new SessionId(Long.MAX_VALUE);
    private static final ZnodePath PATH = ZnodePath.of("/locks/a-\u00e4");
    private static final byte[] DATA = {0, 1, -1, 127, -128};
    private static final Stat STAT =
            new Stat(ZXID, ZXID.next(), Long.MAX_VALUE, -1, 3, 4, 5, SESSION, 5, 7, ZXID.next());
    private static final WriteStamp STAMP = new WriteStamp(SESSION, Long.MAX_VALUE, Long.MAX_VALUE - 1);
    private static final ReadStamp FRESH = new ReadStamp(SESSION, 9, ZXID);
    private static final List<Acl> ACL = List.of(new Acl(Acl.READ, new Identity("digest", "me:x")), Acl.OPEN);

    static Stream<ClientRequest> requests() {
        return Stream.of(
                new ClientRequest.OpenSession(4_000, null, null, null),
                new ClientRequest.OpenSession(4_000, SESSION, new byte[16], ZXID),
                new ClientRequest.Heartbeat(SESSION),
                new ClientRequest.CloseSession(STAMP),
                new ClientRequest.Create("/a", null, CreateMode.PERSISTENT, null, null),
                new ClientRequest.Create("/a/", new byte[0], CreateMode.EPHEMERAL_SEQUENTIAL, ACL, STAMP),
                new ClientRequest.SetData(PATH, DATA, 7, STAMP),
                new ClientRequest.SetData(PATH, null, -1, null),
                new ClientRequest.Delete(PATH, 7, STAMP),
                new ClientRequest.Multi(
                        List.of(
                                new Operation.Create("/m", DATA, CreateMode.EPHEMERAL, ACL),
                                new Operation.SetData(PATH, null, 1),
                                new Operation.Delete(PATH, -1),
                                new Operation.Check(PATH, 2)),
                        STAMP),
                new ClientRequest.GetData(PATH, ReadStamp.NONE),
                new ClientRequest.GetData(PATH, FRESH),
                new ClientRequest.GetData(PATH, 7, 1 << 20, ZXID, FRESH),
                new ClientRequest.Exists(PATH, FRESH),
                new ClientRequest.Children(PATH, null, null, ReadStamp.NONE),
                new ClientRequest.Children(PATH, "b", 100, FRESH),
                new ClientRequest.Children(PATH, "b", 100, Long.MAX_VALUE, FRESH),
                new ClientRequest.Unpin(Long.MAX_VALUE),
                new ClientRequest.Exists(PATH, new ReadStamp(SESSION, 9, ZXID, true)),
                new ClientRequest.Sync(FRESH),
                new ClientRequest.Watch(
                        PATH,
                        WatchScope.SUBTREE,
                        2,
                        Set.of(EventType.CREATED, EventType.DELETED),
                        new ChangePosition(ZXID, 3),
                        PATH,
                        true,
                        false,
                        SESSION,
                        ZXID),
                new ClientRequest.Watch(
                        PATH, WatchScope.ZNODE, null, null, ChangePosition.after(ZXID), null, false, true, null, null),
                new ClientRequest.Observe(PATH, 0, new ChangePosition(ZXID, 3), PATH, true, SESSION, ZXID),
                new ClientRequest.Observe(PATH, null, null, null, false, null, null),
                new ClientRequest.EnsembleStatus());
    }

    static Stream<Object> replies() {
        return Stream.of(
                new ServerReply.SessionOpened(ZXID, SESSION, DATA, 4_000, Long.MAX_VALUE, 1_000),
                new ServerReply.HeartbeatCounted(ZXID),
                new ServerReply.SessionClosed(ZXID),
                new ServerReply.Created(ZXID, PATH, STAT),
                new ServerReply.DataSet(ZXID, STAT),
                new ServerReply.Deleted(ZXID),
                new ServerReply.MultiDone(
                        ZXID,
                        List.of(
                                new OperationResult.Created(PATH, STAT),
                                new OperationResult.DataSet(STAT),
                                new OperationResult.Deleted(),
                                new OperationResult.Checked())),
                new ServerReply.Data(ZXID, DATA, STAT),
                new ServerReply.Data(ZXID, null, STAT),
                new ServerReply.Existence(ZXID, STAT),
                new ServerReply.Existence(ZXID, null),
                new ServerReply.ChildNames(ZXID, List.of("a", "b"), true, STAT),
                new ServerReply.ChildNames(ZXID, List.of("a"), true, STAT, Long.MAX_VALUE),
                new ServerReply.Unpinned(ZXID),
                new ServerReply.Synced(ZXID),
                new ServerReply.Status(
                        ZXID, new PeerId(1), "LEADING", 4, new PeerId(255), true, ZXID, 1, 2, 3, 4, "0.1", "all well"),
                new ServerReply.Status(ZXID, new PeerId(1), "LOOKING", 4, null, false, ZXID, 1, 2, 3, 4, "0.1", null),
                ServerReply.Refused.of(ZXID, ErrorCode.TOO_BUSY, "later"),
                new ServerReply.Refused(ZXID, ErrorCode.BAD_VERSION, "/a", "no", 3, 1L, Long.MAX_VALUE, null),
                new ServerReply.Refused(
                        ZXID, ErrorCode.SUBSCRIBER_STALLED, null, "no", null, null, null, new ChangePosition(ZXID, 1)),
                new WatchItem.Started(ZXID),
                new WatchItem.Changed(ZXID, 2, true, EventType.DATA_CHANGED, PATH, STAT, DATA),
                new WatchItem.Changed(ZXID, 2, false, EventType.DELETED, PATH, null, null),
                new WatchItem.Bookmark(ZXID),
                new WatchItem.Reset(ZXID),
                new WatchItem.Present(ZXID, PATH, STAT, DATA),
                new WatchItem.Present(ZXID, PATH, null, null),
                new WatchItem.Exact(ZXID));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void everyRequestComesBackAsItWentInBothFormats(ClientRequest request) throws Exception {
        for (ApiCodec codec : List.of(JSON, CBOR)) {
            byte[] bytes = codec.write(request);
            assertThat(codec.readRequest(request.getClass(), bytes, 0, bytes.length))
                    .usingRecursiveComparison()
                    .isEqualTo(request);
        }
    }

    @ParameterizedTest
    @MethodSource("replies")
    void everyReplyAndItemComesBackAsItWentInBothFormats(Object reply) {
        Class<?> type = reply instanceof WatchItem ? WatchItem.class : reply.getClass();
        for (ApiCodec codec : List.of(JSON, CBOR)) {
            byte[] bytes = codec.write(reply);
            assertThat((Object) codec.readReply(type, bytes, 0, bytes.length))
                    .usingRecursiveComparison()
                    .isEqualTo(reply);
        }
    }

    @Test
    void noPermittedRecordIsLeftOutOfTheRoundTrips() {
        Set<Class<?>> seen = Stream.concat(requests(), replies())
                .flatMap(message -> message instanceof ClientRequest.Multi multi
                        ? Stream.concat(Stream.of(multi), multi.operations().stream())
                        : message instanceof ServerReply.MultiDone done
                                ? Stream.concat(Stream.of(done), done.results().stream())
                                : Stream.of(message))
                .map(Object::getClass)
                .collect(Collectors.toSet());
        Set<Class<?>> permitted = new LinkedHashSet<>();
        for (Class<?> family : List.of(
                ClientRequest.class, ServerReply.class, WatchItem.class, Operation.class, OperationResult.class)) {
            collectRecords(family, permitted);
        }
        assertThat(permitted).hasSizeGreaterThan(30);
        assertThat(seen).containsAll(permitted);
    }

    private static void collectRecords(Class<?> type, Set<Class<?>> into) {
        if (type.isRecord()) {
            into.add(type);
        } else {
            Arrays.stream(type.getPermittedSubclasses()).forEach(sub -> collectRecords(sub, into));
        }
    }

    @Test
    void everyRequestHasItsRoute() {
        assertThat(requests().map(Routes::of).distinct()).hasSameSizeAs(Routes.ALL);
        assertThat(Routes.named("znode.create")).isSameAs(Routes.ZNODE_CREATE);
        assertThat(Routes.named("znode.nope")).isNull();
    }

    @Test
    void jsonWrites64BitNumbersAsDecimalStringsAndSmallOnesAsNumbers() throws Exception {
        JsonNode created = new ObjectMapper().readTree(JSON.write(new ServerReply.Created(ZXID, PATH, STAT)));
        assertThat(created.get("zxid").isTextual()).isTrue();
        assertThat(created.get("zxid").asText()).isEqualTo(Long.toString(ZXID.value()));
        assertThat(created.get("path").asText()).isEqualTo(PATH.value());
        JsonNode stat = created.get("stat");
        assertThat(stat.get("ctime").isTextual()).isTrue();
        assertThat(stat.get("ephemeralOwner").asText()).isEqualTo("9223372036854775807");
        assertThat(stat.get("version").isInt()).isTrue();
        JsonNode refused = new ObjectMapper()
                .readTree(JSON.write(new ServerReply.Refused(
                        ZXID, ErrorCode.BAD_VERSION, null, "no", null, 1L, Long.MAX_VALUE, null)));
        assertThat(refused.get("actual").isTextual()).isTrue();
    }

    @Test
    void cborHasNumbersAndBytesOfItsOwn() throws Exception {
        JsonNode data = new CBORMapper().readTree(CBOR.write(new ServerReply.Data(ZXID, DATA, STAT)));
        assertThat(data.get("zxid").isIntegralNumber()).isTrue();
        assertThat(data.get("data").isBinary()).isTrue();
        assertThat(data.get("stat").get("ephemeralOwner").asLong()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void jsonTakes64BitNumbersAsStringOrNumber() throws Exception {
        String asText = "{\"session\":\"9223372036854775807\"}";
        String asNumber = "{\"session\":9223372036854775807}";
        assertThat(request(ClientRequest.Heartbeat.class, asText)).isEqualTo(new ClientRequest.Heartbeat(SESSION));
        assertThat(request(ClientRequest.Heartbeat.class, asNumber)).isEqualTo(new ClientRequest.Heartbeat(SESSION));
    }

    @Test
    void nullDataIsLeftOutAndEmptyDataIsNot() throws Exception {
        assertThat(text(JSON.write(new ClientRequest.SetData(PATH, null, 1, null))))
                .doesNotContain("data");
        assertThat(text(JSON.write(new ClientRequest.SetData(PATH, new byte[0], 1, null))))
                .contains("\"data\":\"\"");
        assertThat(request(ClientRequest.SetData.class, "{\"path\":\"/a\",\"data\":null}")
                        .data())
                .isNull();
        assertThat(request(ClientRequest.SetData.class, "{\"path\":\"/a\",\"data\":\"\"}")
                        .data())
                .isEmpty();
    }

    @Test
    void whatIsLeftOutOfARequestHasItsDefault() throws Exception {
        ClientRequest.Create create = request(ClientRequest.Create.class, "{\"path\":\"/a\"}");
        assertThat(create.mode()).isEqualTo(CreateMode.PERSISTENT);
        assertThat(create.stamp()).isNull();
        assertThat(request(ClientRequest.GetData.class, "{\"path\":\"/a\"}").stamp())
                .isEqualTo(ReadStamp.NONE);
        assertThat(request(ClientRequest.Watch.class, "{\"path\":\"/a\",\"from\":{\"zxid\":\"7\"}}")
                        .from())
                .isEqualTo(ChangePosition.after(new Zxid(7)));
        assertThat(request(ClientRequest.Delete.class, "{\"path\":\"/a\"}").version())
                .isEqualTo(-1);
        assertThat(request(ClientRequest.CloseSession.class, "{\"stamp\":{\"session\":5,\"cxid\":1}}")
                        .stamp()
                        .acked())
                .isZero();
    }

    @Test
    void noBytesAtAllAreARequestWithoutFields() throws Exception {
        for (ApiCodec codec : List.of(JSON, CBOR)) {
            assertThat(codec.readRequest(ClientRequest.EnsembleStatus.class, new byte[0], 0, 0))
                    .isNotNull();
            assertThat(codec.readRequest(ClientRequest.Sync.class, new byte[0], 0, 0)
                            .stamp())
                    .isEqualTo(ReadStamp.NONE);
        }
    }

    @Test
    void aRequestIsReadFromTheMiddleOfAnArray() throws Exception {
        byte[] request = JSON.write(new ClientRequest.Heartbeat(SESSION));
        byte[] larger = new byte[request.length + 20];
        Arrays.fill(larger, (byte) 'x');
        System.arraycopy(request, 0, larger, 10, request.length);
        assertThat(JSON.readRequest(ClientRequest.Heartbeat.class, larger, 10, request.length))
                .isEqualTo(new ClientRequest.Heartbeat(SESSION));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"path":"/a","dta":""}                   | MALFORMED     | unknown field "dta"; allowed are acl, data, mode, path, stamp
            {"path":"/a","stamp":{"session":1,"cxid":1,"aked":1}} | MALFORMED     | unknown field "stamp.aked"; allowed are acked, cxid, session
            {}                                       | BAD_ARGUMENTS | path is missing
            {"path":7}                               | MALFORMED     | path is not a string
            {"path":"a"}                             | BAD_ARGUMENTS | a path starts with /: "a"
            {"path":"/a","mode":"SOMETIMES"}         | MALFORMED     | mode is not one of PERSISTENT, EPHEMERAL, PERSISTENT_SEQUENTIAL, EPHEMERAL_SEQUENTIAL
            {"path":"/a","mode":""}                  | MALFORMED     | mode is not one of PERSISTENT, EPHEMERAL, PERSISTENT_SEQUENTIAL, EPHEMERAL_SEQUENTIAL
            {"path":"/a","mode":1}                   | MALFORMED     | mode is not one of PERSISTENT, EPHEMERAL, PERSISTENT_SEQUENTIAL, EPHEMERAL_SEQUENTIAL
            {"path":"/a","mode":"EPHEMERAL"}         | BAD_ARGUMENTS | an ephemeral znode needs a session: stamp is missing
            {"path":"/a","data":"%%%"}               | MALFORMED     | data is not a string of base64
            {"path":"/a","data":5}                   | MALFORMED     | data is not a string of base64
            {"path":"/a","data":"abc"}               | MALFORMED     | data is not a string of base64
            {"path":"/a","stamp":{"session":1,"cxid":"x"}}     | MALFORMED     | stamp.cxid is not a whole number of 64 bits, as decimal string or number
            {"path":"/a","stamp":{"session":1,"cxid":""}}      | MALFORMED     | stamp.cxid is not a whole number of 64 bits, as decimal string or number
            {"path":"/a","stamp":{"session":1,"cxid":1.5}}     | MALFORMED     | stamp.cxid is not a whole number of 64 bits, as decimal string or number
            {"path":"/a","stamp":{"session":1,"cxid":9223372036854775808}} | MALFORMED | stamp.cxid is not a whole number of 64 bits, as decimal string or number
            {"path":"/a","stamp":{"session":1,"cxid":"9223372036854775808"}} | MALFORMED | stamp.cxid is not a whole number of 64 bits, as decimal string or number
            {"path":"/a","stamp":{"session":-1,"cxid":1}}      | BAD_ARGUMENTS | stamp.session: a session id is not negative: -1
            {"path":"/a","stamp":{"session":1,"cxid":0}}       | BAD_ARGUMENTS | stamp: cxid starts at 1: 0
            {"path":"/a","stamp":{"cxid":1}}         | BAD_ARGUMENTS | stamp: session is missing
            {"path":"/a","stamp":{"session":1,"cxid":2,"acked":2}}  | BAD_ARGUMENTS | stamp: acked (2) is 0 or more and below cxid (2)
            {"path":"/a","stamp":{"session":1,"cxid":2,"acked":-1}} | BAD_ARGUMENTS | stamp: acked (-1) is 0 or more and below cxid (2)
            {"path":"/a","stamp":7}                  | MALFORMED     | stamp is not an object
            {"path":"/a","acl":{}}                   | MALFORMED     | acl is not a list
            {"path":"/a","acl":[null]}               | MALFORMED     | acl[0] is null, which is not allowed there
            {"path":"/a","acl":[{"permissions":1}]}  | BAD_ARGUMENTS | acl[0]: identity is missing
            {"path":"/a","acl":[{"permissions":99,"identity":{"scheme":"world","id":"anyone"}}]} | BAD_ARGUMENTS | acl[0]: permissions are a sum of 1, 2, 4, 8 and 16, not 99
            {"path":"/a","acl":[{"permissions":"1"}]} | MALFORMED     | acl[0].permissions is not a whole number of 32 bits
            {"path":"/a"                             | MALFORMED     | the data is not JSON at line 1, column 13
            {"path":"/a"} x                          | MALFORMED     | the data is not JSON at line 1, column 15
            {"path":"/a"} {}                         | MALFORMED     | something follows behind the end of the object
            {"path":"/a","path":"/b"}                | MALFORMED     | a field is there twice: 'path'
            []                                       | MALFORMED     | the data is not an object
            "x"                                      | MALFORMED     | the data is not an object
            7                                        | MALFORMED     | the data is not an object
            null                                     | MALFORMED     | the data is null, not an object
            [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]] | MALFORMED     | the data is not an object
            """)
    void aWrongCreateIsRefusedInWords(String json, ErrorCode code, String sentence) {
        assertRefusal(ClientRequest.Create.class, json, code, sentence);
    }

    /** It goes with every change of the znode and of its children: a bound here is one of what a multi may change. */
    @Test
    void anAclHasAtMostSoManyCharacters() throws Exception {
        String line = "{\"permissions\":1,\"identity\":{\"scheme\":\"x509\",\"id\":\"%s\"}}";
        String most = String.format(line, "i".repeat(508));
        request(ClientRequest.Create.class, "{\"path\":\"/a\",\"acl\":[" + most + "," + most + "]}");
        assertRefusal(
                ClientRequest.Create.class,
                "{\"path\":\"/a\",\"acl\":[" + most + "," + String.format(line, "i".repeat(509)) + "]}",
                ErrorCode.BAD_ARGUMENTS,
                "the identities of an ACL have at most 1024 characters, not 1025");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"operations":[{"op":"explode","path":"/a"}]}   | MALFORMED     | operations[0].op "explode" is unknown; allowed are create, set, delete, check
            {"operations":[{"path":"/a"}]}                  | MALFORMED     | operations[0].op is missing; allowed are create, set, delete, check
            {"operations":[{"op":"check"}]}                 | BAD_ARGUMENTS | operations[0]: path is missing
            {"operations":[{"path":"/a","op":"check","version":-2}]} | BAD_ARGUMENTS | operations[0]: an expected version is -1 (any) or more, not -2
            {"operations":[{"op":"check","path":"/a","data":""}]} | MALFORMED | unknown field "operations[0].data"; allowed are path, version
            {"operations":[{"op":"check","path":"/a/"}]}    | BAD_ARGUMENTS | operations[0].path: a path does not end with /: "/a/"
            {"operations":[null]}                           | MALFORMED     | operations[0] is null, which is not allowed there
            {"operations":[]}                               | BAD_ARGUMENTS | a multi has 1..1000 operations, not 0
            {"operations":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]} | MALFORMED | operations[0] is not an object
            """)
    void aWrongMultiIsRefusedInWords(String json, ErrorCode code, String sentence) {
        assertRefusal(ClientRequest.Multi.class, json, code, sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            OpenSession | {"timeoutMillis":0}                          | BAD_ARGUMENTS | timeoutMillis is 1 or more: 0
            OpenSession | {"timeoutMillis":1000,"session":5}           | BAD_ARGUMENTS | session and password come together or not at all
            OpenSession | {"timeoutMillis":1000,"atLeast":-1}          | BAD_ARGUMENTS | atLeast: a zxid is not negative: -1
            OpenSession | {"timeoutMillis":4294967296}                 | MALFORMED     | timeoutMillis is not a whole number of 32 bits
            Heartbeat   | {}                                           | BAD_ARGUMENTS | session is missing
            GetData     | {"path":"/a","stamp":{"after":1}}             | BAD_ARGUMENTS | stamp: after needs a session
            GetData     | {"path":"/a","stamp":{"session":1,"after":-1}} | BAD_ARGUMENTS | stamp: after is 0 or more: -1
            SetData     | {"path":"/a","version":-2}                   | BAD_ARGUMENTS | an expected version is -1 (any) or more, not -2
            Children    | {"path":"/a","limit":0}                      | BAD_ARGUMENTS | limit is 1..10000, not 0
            Children    | {"path":"/a","limit":10001}                  | BAD_ARGUMENTS | limit is 1..10000, not 10001
            Watch       | {"path":"/a","scope":"ALL"}                  | MALFORMED     | scope is not one of ZNODE, CHILDREN, SUBTREE
            Watch       | {"path":"/a","data":1}                       | MALFORMED     | data is not true or false
            Watch       | {"path":"/a","from":{}}                      | BAD_ARGUMENTS | from: zxid is missing
            Watch       | {"path":"/a","from":{"zxid":1,"ordinal":-1}} | BAD_ARGUMENTS | from: ordinal is 0 or more: -1
            """)
    void aWrongRequestOfAnyOtherRouteIsRefusedInWords(String request, String json, ErrorCode code, String sentence) {
        Class<? extends ClientRequest> type = Routes.ALL.stream()
                .<Class<? extends ClientRequest>>map(Routes.Route::request)
                .filter(each -> each.getSimpleName().equals(request))
                .findFirst()
                .orElseThrow();
        assertRefusal(type, json, code, sentence);
    }

    private static final String LIMITS = "the data exceeds a limit: nesting 16, field names of 100 characters, numbers"
            + " of 20 digits, 4194304 bytes in all";

    private static void assertRefusal(
            Class<? extends ClientRequest> type, String json, ErrorCode code, String sentence) {
        Throwable refusal = catchThrowable(() -> request(type, json));
        assertThat(refusal).isInstanceOf(MalformedRequestException.class).hasMessage(sentence);
        assertThat(((MalformedRequestException) refusal).code()).isEqualTo(code);
        assertThat(refusal.getStackTrace()).isEmpty();
    }

    @Test
    void nestingBeyondTheLimitIsRefusedAndNotFollowed() {
        String deep = "{\"operations\":[{\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + ",\"op\":\"check\"}]}";
        assertThatThrownBy(() -> request(ClientRequest.Multi.class, deep)).hasMessage(LIMITS);
    }

    @Test
    void namesAndNumbersBeyondTheirLimitsAreRefused() {
        assertThatThrownBy(() -> request(ClientRequest.Create.class, "{\"" + "n".repeat(101) + "\":1}"))
                .hasMessage(LIMITS);
        assertThatThrownBy(() -> request(ClientRequest.OpenSession.class, "{\"timeoutMillis\":" + "1".repeat(21) + "}"))
                .hasMessage(LIMITS);
    }

    @Test
    void dataThatAreNoCborAreRefusedWithThePlace() {
        byte[] cut = CBOR.write(new ClientRequest.Heartbeat(SESSION));
        assertThatThrownBy(() -> CBOR.readRequest(ClientRequest.Heartbeat.class, cut, 0, cut.length - 2))
                .hasMessageMatching("the data is not CBOR( at byte \\d+)?");
        byte[] noCbor = {(byte) 0xbf, 0x1c};
        assertThatThrownBy(() -> CBOR.readRequest(ClientRequest.Heartbeat.class, noCbor, 0, noCbor.length))
                .hasMessage("the data is not CBOR at byte 2");
    }

    @Test
    void aStrangersTextInASentenceIsShortAndWithoutControlCharacters() {
        String json = "{\"evil\\u0007\\u202e" + "x".repeat(80) + "\":1,\"path\":\"/a\"}";
        assertThatThrownBy(() -> request(ClientRequest.Create.class, json))
                .hasMessageStartingWith("unknown field \"evil??xxx")
                .hasMessageContaining("...\"; allowed are")
                .message()
                .hasSizeLessThan(130);
    }

    @Test
    void cborTakesNeitherTextForBytesNorTextForNumbers() throws Exception {
        CBORMapper mapper = new CBORMapper();
        byte[] textData = mapper.writeValueAsBytes(Map.of("path", "/a", "data", "aGk="));
        assertThatThrownBy(() -> CBOR.readRequest(ClientRequest.SetData.class, textData, 0, textData.length))
                .hasMessage("data is not a byte string");
        byte[] textNumber = mapper.writeValueAsBytes(Map.of("session", "5"));
        assertThatThrownBy(() -> CBOR.readRequest(ClientRequest.Heartbeat.class, textNumber, 0, textNumber.length))
                .hasMessage("session is not a whole number of 64 bits");
    }

    @ParameterizedTest
    @EnumSource(ApiCodec.Format.class)
    void cutAndRandomBytesAreRefusedAndNothingElse(ApiCodec.Format format) {
        ApiCodec codec = ApiCodec.of(format);
        Random random = new Random(7);
        requests().forEach(request -> {
            byte[] bytes = codec.write(request);
            for (int cut = 1; cut < bytes.length; cut++) {
                readOrRefuse(codec, request.getClass(), Arrays.copyOf(bytes, cut));
            }
            for (int i = 0; i < 200; i++) {
                byte[] flipped = bytes.clone();
                flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
                readOrRefuse(codec, request.getClass(), flipped);
            }
            for (Routes.Route<?, ?> route : Routes.ALL) {
                readOrRefuse(codec, route.request(), bytes);
            }
        });
    }

    private static void readOrRefuse(ApiCodec codec, Class<? extends ClientRequest> type, byte[] bytes) {
        try {
            codec.readRequest(type, bytes, 0, bytes.length);
        } catch (MalformedRequestException refused) {
            String sentence = refused.getMessage();
            assertThat(!sentence.isEmpty() && sentence.length() < 400)
                    .as(sentence)
                    .isTrue();
            for (String inside : List.of("com.fasterxml", "io.fluxkeeper", "java.")) {
                assertThat(sentence.contains(inside)).as(sentence).isFalse();
            }
        }
    }

    @Test
    void aReplyOfANewerPeerMayHaveMoreFields() {
        byte[] bytes = "{\"zxid\":\"5\",\"mood\":{\"good\":[1]}}".getBytes(UTF_8);
        assertThat(JSON.readReply(ServerReply.Deleted.class, bytes, 0, bytes.length))
                .isEqualTo(new ServerReply.Deleted(new Zxid(5)));
    }

    @Test
    void anErrorIsOneJsonObjectWithoutWhatDoesNotApply() {
        ServerReply.Refused refused = new ServerReply.Refused(
                new Zxid(12), ErrorCode.BAD_VERSION, "/a", "the version is 3, not 2", null, 2L, 3L, null);
        String json = ApiCodec.writeError(refused);
        assertThat(json)
                .isEqualTo("{\"code\":\"BAD_VERSION\",\"zxid\":\"12\",\"path\":\"/a\","
                        + "\"message\":\"the version is 3, not 2\",\"expected\":\"2\",\"actual\":\"3\"}");
        assertThat(ApiCodec.readError(json)).isEqualTo(refused);
    }

    @Test
    void anErrorOfAnUnknownKindPromisesNothing() {
        assertThat(ApiCodec.readError("{\"code\":\"FROM_THE_FUTURE\",\"zxid\":\"1\",\"message\":\"x\"}")
                        .code())
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(ApiCodec.readError("not json").code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
    }

    private static <Q extends ClientRequest> Q request(Class<Q> type, String json) throws MalformedRequestException {
        byte[] bytes = json.getBytes(UTF_8);
        return JSON.readRequest(type, bytes, 0, bytes.length);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Test
    void findsTheStampOfAWriteThatItCannotRead() {
        WriteStamp stamp = new WriteStamp(new SessionId(7), 3, 2);
        String json = "{\"stamp\":{\"session\":\"7\",\"cxid\":\"3\",\"acked\":\"2\"},\"path\":\"not a path\"";

        assertThat(findStamp(json + "}")).isEqualTo(stamp);
        assertThat(findStamp(json + ",\"unknown\":[{\"a\":1}]}")).isEqualTo(stamp);
        assertThat(findStamp(json + ",\"data\":\"" + "A".repeat(ApiCodec.MESSAGE_BYTES_MAX) + "\"}"))
                .isEqualTo(stamp);
        ApiCodec cbor = ApiCodec.of(ApiCodec.Format.CBOR);
        byte[] bytes = cbor.write(new ClientRequest.CloseSession(stamp));
        assertThat(cbor.findStamp(new ByteArrayInputStream(bytes))).isEqualTo(stamp);
    }

    @Test
    void findsNoStampInWhatIsNotOneWholeObjectWithASoundOne() {
        String stamp = "\"stamp\":{\"session\":\"7\",\"cxid\":\"3\",\"acked\":\"2\"}";

        assertThat(findStamp("")).isNull();
        assertThat(findStamp("[1]")).isNull();
        assertThat(findStamp("{}")).isNull();
        assertThat(findStamp("{\"stamp\":null}")).isNull();
        assertThat(findStamp("{" + stamp)).isNull();
        assertThat(findStamp("{" + stamp + "}{}")).isNull();
        assertThat(findStamp("{" + stamp + "," + stamp + "}")).isNull();
        assertThat(findStamp("{" + stamp.replace("\"3\"", "\"0\"") + "}")).isNull();
        assertThat(findStamp("{" + stamp.replace("\"2\"", "\"3\"") + "}")).isNull();
    }

    private static @Nullable WriteStamp findStamp(String json) {
        return ApiCodec.of(ApiCodec.Format.JSON)
                .findStamp(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }
}
