package io.fluxkeeper.server.client;

import static io.fluxkeeper.server.client.ApiServer.ask;
import static io.fluxkeeper.server.client.ApiServer.refusal;
import static io.fluxkeeper.server.client.ApiServer.request;
import static io.fluxkeeper.server.client.PipelineClient.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import io.fluxkeeper.server.client.PipelineClient.Answer;
import io.fluxkeeper.server.peer.LeakWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import io.rsocket.frame.RequestChannelFrameCodec;
import io.rsocket.util.DefaultPayload;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Sinks;

/** Many requests in a payload, many answers in a payload: as {@code docs/api.md} has it, and what hostile clients do. */
class PipelineTest {
    private static final Zxid ZXID = Zxid.of(3, 9);
    private static final Stat STAT = new Stat(ZXID, ZXID, 1, 1, 0, 0, 0, SessionId.NONE, 0, 0, ZXID);

    private ApiServer server;
    private RSocket client;

    @BeforeEach
    void start() {
        serve(ClientLimits.DEFAULT);
    }

    private void serve(ClientLimits limits) {
        server = new ApiServer(limits);
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        client = server.connect();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** What was asked and is not answered yet. */
    private List<ReplicaInput.Requested> hold(int requests) {
        await().until(() -> server.mailbox.told(ReplicaInput.Requested.class).size() == requests);
        return server.mailbox.told(ReplicaInput.Requested.class);
    }

    private void holdAnswers() {
        server.mailbox.script((input, out) -> {});
    }

    @Test
    void theAnswersOfADrainComeInOnePayloadInTheirOrder() {
        holdAnswers();
        PipelineClient pipeline = new PipelineClient(client)
                .send(entry(7, "znode.sync", "{}"), entry(-8, "znode.get", "{\"path\":\"/a\"}"))
                .send(entry(9, "znode.delete", "{\"path\":\"/a\"}"));
        List<ReplicaInput.Requested> asked = hold(3);
        assertThat(asked)
                .extracting(each -> each.request().getClass())
                .isEqualTo(List.of(ClientRequest.Sync.class, ClientRequest.GetData.class, ClientRequest.Delete.class));
        server.mailbox.drain(out -> {
            out.reply(
                    asked.get(2).handle(), ServerReply.Refused.at(ZXID, ErrorCode.NO_NODE, "/a", "/a does not exist"));
            out.reply(asked.get(0).handle(), new ServerReply.Synced(ZXID));
        });
        assertThat(pipeline.await(2))
                .containsExactly(
                        new Answer(
                                9,
                                0x301,
                                "{\"code\":\"NO_NODE\",\"zxid\":\"" + ZXID.value()
                                        + "\",\"path\":\"/a\",\"message\":\"/a does not exist\"}"),
                        new Answer(7, 0, "{\"zxid\":\"" + ZXID.value() + "\"}"));
        assertThat(pipeline.payloads).hasSize(1);
        server.mailbox.drain(out -> out.reply(asked.get(1).handle(), new ServerReply.Data(ZXID, null, STAT)));
        assertThat(pipeline.await(3).get(2).number()).isEqualTo(-8);
    }

    @Test
    void whatIsRefusedAtOnceIsRefusedAloneAndTheOthersAreCarriedOut() {
        PipelineClient pipeline = new PipelineClient(client)
                .send(
                        entry(1, "znode.fly", "{}"),
                        entry(2, "znode.get", "{\"path\":"),
                        entry(3, "watch", "{\"path\":\"/a\"}"),
                        entry(4, "", "{}"),
                        entry(5, "pipeline", "{}"),
                        entry(6, "znode.sync", "{}"));
        List<Answer> answers = pipeline.await(6);
        assertThat(answers).extracting(Answer::number).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(answers).extracting(Answer::code).containsExactly(0x30c, 0x30d, 0x30d, 0x30d, 0x30d, 0);
        assertThat(answers.get(2).json()).contains("watch is a request-stream, not a request-response");
        assertThat(answers.get(3).json()).contains("its first tag is empty");
        assertThat(answers.get(4).json()).contains("pipeline is a request-channel");
        assertThat(server.mailbox.told(ReplicaInput.Requested.class)).hasSize(1);
    }

    @Test
    void aWriteThatIsRefusedForGoodKeepsItsNumber() {
        server.mailbox.script((input, out) -> {
            if (input instanceof ReplicaInput.InvalidWrite invalid) {
                out.reply(invalid.handle(), ServerReply.Refused.of(ZXID, invalid.code(), invalid.message()));
            }
        });
        List<Answer> answers = new PipelineClient(client)
                .send(entry(
                        1,
                        "znode.set",
                        "{\"stamp\":{\"session\":5,\"cxid\":3,\"acked\":2},\"path\":\"/a\",\"color\":1}"))
                .await(1);
        assertThat(answers.get(0).error()).isEqualTo(ErrorCode.MALFORMED);
        ReplicaInput.InvalidWrite told =
                server.mailbox.told(ReplicaInput.InvalidWrite.class).get(0);
        assertThat(told.stamp()).isEqualTo(new WriteStamp(new SessionId(5), 3, 2));
    }

    @Test
    void aRequestIsNoLargerHereThanAlone() {
        server.close();
        serve(ClientLimits.DEFAULT.withRequestBytesMax(1_024));
        List<Answer> answers = new PipelineClient(client)
                .send(entry(1, "znode.set", "{\"path\":\"/" + "a".repeat(1_024) + "\"}"), entry(2, "znode.sync", "{}"))
                .await(2);
        assertThat(answers.get(0).error()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(answers.get(1).code()).isZero();
    }

    @Test
    void aPayloadThatIsNoListOfEntriesEndsTheChannelAndNothingOfItIsCarriedOut() {
        byte[] sound = entry(1, "znode.sync", "{}");
        byte[] tooShort = {0, 0, 4, 0, 0, 0, 2};
        for (byte[] wrong :
                List.of(new byte[] {1}, new byte[] {0, 0}, new byte[] {0, 0, 9, 0, 0, 0, 2, 1}, tooShort, new byte[] {
                    (byte) 0xff, (byte) 0xff, (byte) 0xff
                })) {
            PipelineClient pipeline = new PipelineClient(client);
            pipeline.send(sound, wrong);
            ServerReply.Refused refused = pipeline.awaitRefusal();
            assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED);
            assertThat(refused.message())
                    .isEqualTo(
                            "a payload of the pipeline is a list of entries: length (3 bytes), number (4), tag, data");
        }
        assertThat(server.mailbox.told(ReplicaInput.Requested.class)).isEmpty();
        assertThat(ask(client, "znode.sync", "{}")).contains("zxid");
    }

    @Test
    void aPayloadThatIsTooLargeEndsTheChannelAndTheConnectionLives() {
        PipelineClient pipeline = new PipelineClient(client).send(entry(1, "znode.set", "a".repeat(65_536)));
        ServerReply.Refused refused = pipeline.awaitRefusal();
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(refused.message()).isEqualTo("a payload of the pipeline has at most 65536 bytes, not 65553");
        int others = entry(1, "znode.sync", "{}").length;
        assertThat(new PipelineClient(client)
                        .send(entry(1, "znode.sync", "{" + " ".repeat(65_536 - others) + "}"))
                        .await(1)
                        .get(0)
                        .code())
                .isZero();
    }

    @Test
    void aConnectionHasOnePipelineAtATime() {
        PipelineClient first = new PipelineClient(client).send(entry(1, "znode.sync", "{}"));
        first.await(1);
        ServerReply.Refused refused =
                new PipelineClient(client).send(entry(1, "znode.sync", "{}")).awaitRefusal();
        assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(refused.message()).isEqualTo("this connection has its request-channel");
        first.complete().awaitCompletion();
        PipelineClient second = new PipelineClient(client).send(entry(1, "znode.sync", "{}"));
        second.await(1);
        second.cancel();
        ask(client, "znode.sync", "{}"); // behind the cancel
        assertThat(new PipelineClient(client).send(entry(1, "znode.sync", "{}")).await(1))
                .hasSize(1);
    }

    @Test
    void noOtherRouteIsAChannelAndThePipelineIsNothingElse() {
        PipelineClient get = new PipelineClient(client).sendTo("znode.get", new byte[0]);
        assertThat(get.awaitRefusal().message()).isEqualTo("znode.get is no request-channel; pipeline is one");
        assertThat(new PipelineClient(client)
                        .sendTo("znode.fly", new byte[0])
                        .awaitRefusal()
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_ROUTE);
        assertThat(refusal(client.requestResponse(request("pipeline", ""))).message())
                .isEqualTo("pipeline is a request-channel");
        assertThat(refusal(client.requestStream(request("pipeline", "")).next()).message())
                .isEqualTo("pipeline is a request-channel");
    }

    @Test
    void whoAsksForAnswersBoundedIsRefused() {
        Flux<Payload> one = Flux.just(request("pipeline", ""));
        ServerReply.Refused refused =
                refusal(client.requestChannel(one).limitRate(4).next());
        assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused.message())
                .isEqualTo("answers on a request-channel come when they are there: its initial request n is 2147483647,"
                        + " not 4");
    }

    @Test
    void theChannelEndsWithItsLastAnswer() {
        holdAnswers();
        PipelineClient pipeline = new PipelineClient(client)
                .send(entry(1, "znode.sync", "{}"), entry(2, "znode.sync", "{}"))
                .complete();
        List<ReplicaInput.Requested> asked = hold(2);
        server.mailbox.drain(out -> out.reply(asked.get(0).handle(), new ServerReply.Synced(ZXID)));
        pipeline.await(1);
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        ask(client, "znode.sync", "{}"); // it would have come before this answer
        assertThat(pipeline.isComplete()).isFalse();
        server.mailbox.drain(out -> out.reply(asked.get(1).handle(), new ServerReply.Synced(ZXID)));
        pipeline.awaitCompletion();
        assertThat(pipeline.await(2)).hasSize(2);
    }

    /** Nobody asked for that: it counts among no requests and in no meter. */
    @Test
    void aPinThatNobodyWaitsForIsGivenBack() {
        server.close();
        serve(requestsMax(2));
        for (int cycle = 0; cycle < 3; cycle++) {
            holdAnswers();
            int before = server.mailbox.told(ReplicaInput.Requested.class).size();
            PipelineClient pipeline = new PipelineClient(client)
                    .send(entry(1, "znode.children", "{\"path\":\"/\",\"limit\":1,\"pin\":0}"));
            ReplicaInput.Requested listing = hold(before + 1).get(before);
            pipeline.cancel();
            // The server has read the cancel when it answers what came behind it.
            server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
            ask(client, "znode.sync", "{}");
            server.mailbox.drain(out ->
                    out.reply(listing.handle(), new ServerReply.ChildNames(ZXID, List.of("a"), true, STAT, 77L)));
            assertThat(hold(before + 3).get(before + 2).request()).isEqualTo(new ClientRequest.Unpin(77));
            ask(client, "znode.sync", "{}"); // behind the answer to that
        }
        holdAnswers();
        List<Answer> answers = new PipelineClient(client)
                .send(entry(1, "znode.sync", "{}"), entry(2, "znode.sync", "{}"), entry(3, "znode.sync", "{}"))
                .await(1);
        assertThat(answers.get(0).number()).isEqualTo(3);
        assertThat(answers.get(0).error()).isEqualTo(ErrorCode.TOO_BUSY);
        assertThat(server.meters
                        .get("fluxkeeper.client.requests")
                        .tags("route", "znode.children", "outcome", "OK")
                        .timer()
                        .count())
                .isEqualTo(3);
    }

    private static ClientLimits requestsMax(int requestsMax) {
        ClientLimits d = ClientLimits.DEFAULT;
        return new ClientLimits(
                d.requestBytesMax(),
                d.connectionsMax(),
                d.connectionsPerAddressMax(),
                d.handshakesMax(),
                d.setupTimeout(),
                requestsMax,
                d.unansweredBytesMax(),
                d.subscriptionsMax(),
                d.keepAliveIntervalMin(),
                d.keepAliveIntervalMax(),
                d.keepAliveLifetimeMax(),
                d.streamBytesHigh(),
                d.unsentBytesHigh(),
                d.unsentBytesMax());
    }

    @Test
    void aSecondAnswerIsNone() {
        holdAnswers();
        PipelineClient pipeline = new PipelineClient(client).send(entry(1, "znode.sync", "{}"));
        ReplicaInput.Requested asked = hold(1).get(0);
        server.mailbox.drain(out -> {
            out.reply(asked.handle(), new ServerReply.Synced(ZXID));
            out.reply(asked.handle(), new ServerReply.Synced(ZXID));
        });
        server.mailbox.answer(requested -> new ServerReply.Synced(ZXID));
        pipeline.send(entry(2, "znode.sync", "{}"));
        assertThat(pipeline.await(2)).extracting(Answer::number).containsExactly(1, 2);
    }

    @Test
    void anAnswerThatCannotBeWrittenHarmsNoOther() {
        holdAnswers();
        PipelineClient pipeline = new PipelineClient(client)
                .send(
                        entry(1, "znode.sync", "{}"),
                        entry(2, "znode.sync", "{}"),
                        entry(3, "znode.children", "{\"path\":\"/\"}"));
        List<ReplicaInput.Requested> asked = hold(3);
        List<String> broken = new AbstractList<>() {
            @Override
            public String get(int index) {
                throw new IllegalStateException("a defect");
            }

            @Override
            public int size() {
                return 1;
            }
        };
        server.mailbox.drain(out -> {
            out.reply(asked.get(0).handle(), new ServerReply.Synced(ZXID));
            out.reply(asked.get(2).handle(), new ServerReply.ChildNames(ZXID, broken, true, STAT, null));
            out.reply(asked.get(1).handle(), new ServerReply.Synced(ZXID));
        });
        assertThat(pipeline.await(2)).extracting(Answer::number).containsExactly(1, 2);
        assertThat(pipeline.payloads).hasSize(1);
    }

    @Test
    void whatWasAnsweredGoesOutBeforeTheConnectionIsClosed() {
        holdAnswers();
        PipelineClient pipeline = new PipelineClient(client).send(entry(1, "znode.sync", "{}"));
        ReplicaInput.Requested asked = hold(1).get(0);
        server.mailbox.drain(out -> {
            out.reply(asked.handle(), new ServerReply.Synced(ZXID));
            out.close(asked.connection(), "enough");
        });
        pipeline.awaitError();
        assertThat(pipeline.await(1)).hasSize(1);
    }

    /** What is refused at once is answered without the replica, and its drains find nothing left to send. */
    @Test
    void nothingIsKeptOfRefusedPayloads() {
        PipelineClient pipeline = new PipelineClient(client);
        for (int number = 0; number < 1_000; number++) {
            pipeline.send(entry(number, "znode.fly", "{}"));
        }
        pipeline.await(1_000);
        assertNothingUnflushed();
        pipeline.send(entry(1, "znode.sync", "{}")).await(1_001);
        ask(client, "znode.sync", "{}");
        assertNothingUnflushed();
    }

    private void assertNothingUnflushed() {
        assertThat(server.mailbox.port)
                .extracting("outboxes")
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .values()
                .isNotEmpty()
                .extracting("unflushed")
                .allMatch(pipelines -> ((List<?>) pipelines).isEmpty());
    }

    @Test
    void answersAreCutWhereAPayloadIsFull() {
        holdAnswers();
        PipelineClient pipeline = new PipelineClient(client);
        for (int number = 1; number <= 5; number++) {
            pipeline.send(entry(number, "znode.get", "{\"path\":\"/a\"}"));
        }
        List<ReplicaInput.Requested> asked = hold(5);
        int[] sizes = {100, 30_000, 30_000, 300_000, 100}; // base64 makes them a third longer
        server.mailbox.drain(out -> {
            for (int i = 0; i < sizes.length; i++) {
                out.reply(asked.get(i).handle(), new ServerReply.Data(ZXID, new byte[sizes[i]], STAT));
            }
        });
        pipeline.await(5);
        assertThat(pipeline.payloads.stream()
                        .map(payload -> payload.stream().map(Answer::number).toList()))
                .containsExactly(List.of(1, 2), List.of(3), List.of(4), List.of(5));
    }

    @Test
    void answersOfExactlyOnePayloadShareIt() {
        holdAnswers();
        String children = "{\"path\":\"/\"}";
        PipelineClient pipeline = new PipelineClient(client);
        for (int number = 1; number <= 4; number++) {
            pipeline.send(entry(number, "znode.children", children));
        }
        List<ReplicaInput.Requested> asked = hold(4);
        int entry = 3 + 4 + 4 + ApiCodec.of(ApiCodec.Format.JSON).write(names(100)).length;
        server.mailbox.drain(out -> {
            out.reply(asked.get(0).handle(), names(100));
            out.reply(asked.get(1).handle(), names(65_536 - 2 * entry + 100));
        });
        server.mailbox.drain(out -> {
            out.reply(asked.get(2).handle(), names(100));
            out.reply(asked.get(3).handle(), names(65_536 - 2 * entry + 101));
        });
        pipeline.await(4);
        assertThat(pipeline.payloads).extracting(List::size).containsExactly(2, 1, 1);
    }

    private static ServerReply.ChildNames names(int letters) {
        return new ServerReply.ChildNames(ZXID, List.of("a".repeat(letters)), false, STAT, null);
    }

    /** Answers and items of a connection come in the order in which the replica made them. */
    @Test
    void itemsAndAnswersKeepTheirOrder() {
        holdAnswers();
        Queue<String> came = new ConcurrentLinkedQueue<>();
        Sinks.Many<Payload> requests = Sinks.many().unicast().onBackpressureBuffer();
        client.requestChannel(requests.asFlux())
                .subscribe(payload -> came.add("answers of " + payload.getData().remaining() + " bytes"), e -> {});
        byte[] three = PipelineClient.list(
                entry(1, "znode.sync", "{}"),
                entry(2, "znode.sync", "{}"),
                entry(3, "znode.sync", "{}"),
                entry(4, "znode.sync", "{}"));
        requests.tryEmitNext(DefaultPayload.create(Unpooled.wrappedBuffer(three), ApiServer.routing("pipeline")))
                .orThrow();
        client.requestStream(request("watch", "{\"path\":\"/a\"}"))
                .subscribe(item -> came.add("item"), e -> came.add("end"));
        client.requestResponse(request("znode.sync", "{}")).subscribe(reply -> came.add("reply"));
        List<ReplicaInput.Requested> asked = hold(5);
        long watch = server.mailbox.told(ReplicaInput.Subscribed.class).get(0).subscription();
        await().until(() -> !server.mailbox.told(ReplicaInput.Demanded.class).isEmpty());
        WatchItem item = new WatchItem.Changed(ZXID, 0, true, EventType.CREATED, ZnodePath.of("/a"), null, null);
        server.mailbox.drain(out -> {
            out.reply(asked.get(0).handle(), new ServerReply.Synced(ZXID));
            out.emit(watch, List.of(item));
            out.reply(asked.get(1).handle(), new ServerReply.Synced(ZXID));
            out.reply(asked.get(4).handle(), new ServerReply.Synced(ZXID));
            out.reply(asked.get(2).handle(), new ServerReply.Synced(ZXID));
            out.end(watch, ServerReply.Refused.of(ZXID, ErrorCode.SUBSCRIBER_STALLED, "the end"));
            out.reply(asked.get(3).handle(), new ServerReply.Synced(ZXID));
        });
        await().until(() -> came.size() == 7);
        int answer = 3 + 4 + 4 + ("{\"zxid\":\"" + ZXID.value() + "\"}").length();
        String answers = "answers of " + answer + " bytes";
        assertThat(came).containsExactly(answers, "item", answers, "reply", answers, "end", answers);
    }

    @Test
    void itsRequestsCountAmongThoseOfTheConnection() {
        holdAnswers();
        int max = ClientLimits.DEFAULT.requestsMax();
        PipelineClient pipeline = new PipelineClient(client);
        List<byte[]> entries = new ArrayList<>();
        for (int number = 1; number <= max + 1; number++) {
            entries.add(entry(number, "znode.sync", "{}"));
        }
        pipeline.send(entries.subList(0, 1_000).toArray(byte[][]::new));
        pipeline.send(entries.subList(1_000, 2_000).toArray(byte[][]::new));
        pipeline.send(entries.subList(2_000, max + 1).toArray(byte[][]::new));
        Answer busy = pipeline.await(1).get(0);
        assertThat(busy.number()).isEqualTo(max + 1);
        assertThat(busy.json()).contains("TOO_BUSY", "requests that are not answered yet");
        assertThat(server.meters
                        .get("fluxkeeper.client.requests")
                        .tags("route", "znode.sync", "outcome", "TOO_BUSY")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    private static final UnpooledByteBufAllocator HEAP = UnpooledByteBufAllocator.DEFAULT;

    private static ByteBuf open(int streamId, boolean inPieces, boolean complete) {
        return RequestChannelFrameCodec.encode(
                HEAP,
                streamId,
                inPieces,
                complete,
                Integer.MAX_VALUE,
                ApiServer.routing("pipeline"),
                Unpooled.wrappedBuffer(entry(1, "znode.sync", "{}")));
    }

    private static ByteBuf payload(int streamId, boolean inPieces, int metadataBytes) {
        return PayloadFrameCodec.encode(
                HEAP,
                streamId,
                inPieces,
                false,
                true,
                Unpooled.wrappedBuffer(new byte[metadataBytes]),
                Unpooled.wrappedBuffer(entry(1, "znode.sync", "{}")));
    }

    /** All that the server says to these frames, whose last one makes it close the connection. */
    private String said(ByteBuf... frames) throws Exception {
        try (RawClient raw = new RawClient(server.listening.tcpAddress())) {
            raw.setup();
            for (ByteBuf frame : frames) {
                raw.frame(frame);
            }
            return raw.readToTheEnd();
        }
    }

    @Test
    void aPayloadInPiecesClosesItsConnectionInWords() throws Exception {
        assertThat(said(payload(3, true, 0), open(1, false, false), payload(1, true, 0)))
                .endsWith("a frame PAYLOAD comes in pieces: send it without fragmentation");
    }

    @Test
    void aPayloadThatIsNeitherOneNorTheLastClosesItsConnectionInWords() throws Exception {
        ByteBuf neither = Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 1, 0x28, 0});
        assertThat(said(open(1, false, false), neither))
                .endsWith("a frame PAYLOAD has neither the flag next nor the flag complete");
    }

    @Test
    void aPayloadWithMuchBesideItsEntriesClosesItsConnectionInWords() throws Exception {
        server.close();
        serve(ClientLimits.DEFAULT.withRequestBytesMax(1_024));
        assertThat(said(open(1, false, false), payload(1, false, 70_000)))
                .endsWith("a frame PAYLOAD has 6..66560 bytes, not 70029");
    }

    @Test
    void aChannelWithAnEvenStreamIdClosesItsConnectionInWords() throws Exception {
        for (int streamId : List.of(0, 2)) {
            assertThat(said(open(streamId, false, false)))
                    .endsWith("a client's REQUEST_CHANNEL has an odd stream id above 0, not " + streamId);
        }
    }

    @Test
    void aChannelThatIsRefusedAtTheGateLeavesRoomForAnother() throws Exception {
        holdAnswers();
        try (RawClient raw = new RawClient(server.listening.tcpAddress())) {
            raw.setup().watch(1).frame(open(1, false, false)); // the watch has that stream id
            raw.frame(open(3, true, false)).frame(open(5, false, false));
            ReplicaInput.Requested asked = hold(1).get(0);
            server.mailbox.drain(out -> {
                out.reply(asked.handle(), new ServerReply.Synced(ZXID));
                out.close(asked.connection(), "enough");
            });
            assertThat(raw.readToTheEnd())
                    .contains("MALFORMED", "the request comes in pieces", "{\"zxid\":\"" + ZXID.value() + "\"}");
        }
    }

    /** RSocket would log each. */
    @Test
    void anErrorBehindTheEndOfTheRequestsIsPassedOver() throws Exception {
        holdAnswers();
        Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
        Hooks.onErrorDropped(dropped::add);
        try (RawClient raw = new RawClient(server.listening.tcpAddress())) {
            raw.setup().frame(open(1, false, true));
            for (int i = 0; i < 10; i++) {
                raw.frame(ErrorFrameCodec.encode(HEAP, 1, new IllegalStateException("x")));
            }
            raw.request(3, "znode.sync");
            List<ReplicaInput.Requested> asked = hold(2);
            server.mailbox.drain(out -> {
                out.reply(asked.get(0).handle(), new ServerReply.Synced(ZXID));
                out.close(asked.get(0).connection(), "enough");
            });
            assertThat(raw.readToTheEnd()).contains("{\"zxid\":\"" + ZXID.value() + "\"}");
        } finally {
            Hooks.resetOnErrorDropped();
        }
        assertThat(dropped).isEmpty();
    }

    @Test
    void itServesOverWebSocketAsWell() {
        assertThat(new PipelineClient(server.connectWebSocket())
                        .send(entry(1, "znode.sync", "{}"))
                        .await(1))
                .hasSize(1);
    }

    @Test
    void noBufferIsLost() {
        LeakWatch.requireNoLeak();
        for (int i = 0; i < 20; i++) {
            RSocket own = server.connect();
            PipelineClient pipeline =
                    new PipelineClient(own).send(entry(1, "znode.sync", "{}"), entry(2, "znode.fly", "{}"));
            pipeline.await(2);
            if (i % 3 == 0) {
                pipeline.send(new byte[] {1});
                pipeline.awaitRefusal();
            } else if (i % 3 == 1) {
                pipeline.cancel();
                ask(own, "znode.sync", "{}");
            }
            own.dispose();
        }
        LeakWatch.requireNoLeak();
    }
}
