package io.fluxkeeper.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fluxkeeper.client.SubscriberStalledException;
import io.fluxkeeper.client.TreeEvent;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ChangePosition;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import reactor.core.publisher.Flux;

/** What each command sends, prints and ends with, at a peer with canned answers. */
class CommandsTest {
    private static final Zxid AT = Zxid.of(4, 17);
    private static final Stat STAT = new Stat(
            Zxid.of(1, 2), AT, 0, 1_000, 3, 4, 5, new SessionId(Zxid.of(1, 1).value()), 6, 7, Zxid.of(2, 9));

    private CannedPeer peer;

    @BeforeEach
    void start() {
        peer = new CannedPeer();
    }

    @AfterEach
    void stop() {
        peer.close();
    }

    private Run run(String... args) {
        return Run.of(atPeer(args));
    }

    private String[] atPeer(String... args) {
        Stream<String> surroundings = Stream.of("--timeout", "5s", "-c", peer.address());
        return Stream.concat(surroundings, Stream.of(args)).toArray(String[]::new);
    }

    private static JsonNode json(String line) throws Exception {
        return new ObjectMapper().readTree(line);
    }

    private void createAnswers(String path) {
        peer.on(ClientRequest.Create.class, request -> new ServerReply.Created(AT, ZnodePath.of(path), STAT));
    }

    private void getAnswers(byte[] data) {
        peer.on(ClientRequest.GetData.class, request -> new ServerReply.Data(AT, data, STAT));
    }

    private Thread shellThread;

    @Test
    void createPrintsThePathThatWasMade() {
        createAnswers("/jobs/j-0000000007");

        Run run = run("create", "-s", "/jobs/j-", "grün");

        assertThat(run).isEqualTo(new Run(0, "/jobs/j-0000000007\n", ""));
        ClientRequest.Create sent = peer.received(ClientRequest.Create.class).get(0);
        assertThat(sent.path()).isEqualTo("/jobs/j-");
        assertThat(sent.mode()).isEqualTo(CreateMode.PERSISTENT_SEQUENTIAL);
        assertThat(sent.data()).isEqualTo("grün".getBytes(StandardCharsets.UTF_8));
        assertThat(sent.stamp()).as("exactly once, hence in a session").isNotNull();
    }

    @Test
    void createWithoutDataSendsNone() {
        createAnswers("/a");

        assertThat(run("create", "/a").code()).isZero();

        assertThat(peer.received(ClientRequest.Create.class).get(0).data()).isNull();
    }

    @Test
    void anEphemeralZnodeIsHeldUntilTheInterruptWhichEndsTheSession() throws Exception {
        createAnswers("/me");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        FutureTask<Integer> command = new FutureTask<>(
                () -> Cli.run(atPeer("create", "-e", "/me"), System.in, printed, System.err, new AtomicBoolean()));
        Thread thread = new Thread(command, "command");
        thread.start();
        await().until(() -> out.toString(StandardCharsets.UTF_8).equals("/me\n"));
        assertThat(command.isDone()).isFalse();
        assertThat(peer.received(ClientRequest.CloseSession.class)).isEmpty();

        thread.interrupt();

        assertThat(command.get(5, TimeUnit.SECONDS)).isEqualTo(Cli.INTERRUPTED);
        assertThat(peer.received(ClientRequest.CloseSession.class)).hasSize(1);
        assertThat(peer.received(ClientRequest.Create.class).get(0).mode()).isEqualTo(CreateMode.EPHEMERAL);
    }

    @Test
    void getPrintsTextAsItIsAndNeedsNoSession() {
        getAnswers("zwei\nZeilen".getBytes(StandardCharsets.UTF_8));

        assertThat(run("get", "/a")).isEqualTo(new Run(0, "zwei\nZeilen\n", ""));
        assertThat(peer.received(ClientRequest.OpenSession.class)).isEmpty();
    }

    @Test
    void readsAreAsFreshAsTheCommandLineSays() {
        getAnswers(null);
        peer.on(ClientRequest.Exists.class, request -> new ServerReply.Existence(AT, STAT));
        peer.on(ClientRequest.Children.class, request -> new ServerReply.ChildNames(AT, List.of("a"), false, STAT));

        assertThat(run("get", "--linearizable", "/a").code()).isZero();
        assertThat(run("stat", "--at-least", "4:17", "/a").code()).isZero();
        assertThat(run("ls", "--linearizable", "/a").code()).isZero();

        assertThat(peer.received(ClientRequest.GetData.class).get(0).stamp().linearizable())
                .isTrue();
        assertThat(peer.received(ClientRequest.Exists.class).get(0).stamp().atLeast())
                .isEqualTo(AT);
        assertThat(peer.received(ClientRequest.Children.class).get(0).stamp().linearizable())
                .isTrue();
    }

    @Test
    void oneFreshnessIsEnough() {
        assertThat(run("get", "--linearizable", "--at-least", "4:17", "/a").code())
                .isEqualTo(Cli.USAGE);
    }

    @Test
    void getMarksWhatIsNotText() {
        getAnswers(new byte[] {(byte) 0xff, 0, 1});

        assertThat(run("get", "/a").out()).isEqualTo("base64:/wAB\n");
    }

    @Test
    void getDoesNotLetDataDriveTheTerminal() {
        getAnswers("\u001b[2J".getBytes(StandardCharsets.UTF_8));

        assertThat(run("get", "/a").out()).isEqualTo("base64:G1sySg==\n");
    }

    @Test
    void getWithStatPrintsTheElevenFieldsBelow() {
        getAnswers("x".getBytes(StandardCharsets.UTF_8));

        assertThat(run("get", "--stat", "/a").lines())
                .containsExactly(
                        "x",
                        "czxid           1:2",
                        "mzxid           4:17",
                        "ctime           1970-01-01T00:00:00Z",
                        "mtime           1970-01-01T00:00:01Z",
                        "version         3",
                        "cversion        4",
                        "aversion        5",
                        "ephemeralOwner  s1:1",
                        "dataLength      6",
                        "numChildren     7",
                        "pzxid           2:9");
    }

    @Test
    void getAsJsonTellsTextBytesAndNothingApart() throws Exception {
        getAnswers("a\"b\n".getBytes(StandardCharsets.UTF_8));
        JsonNode text = json(run("--json", "get", "/a").out());
        assertThat(text.get("data").asText()).isEqualTo("a\"b\n");
        assertThat(text.get("zxid").asText()).isEqualTo("4:17");
        assertThat(text.get("version").asInt()).isEqualTo(3);

        getAnswers(new byte[] {(byte) 0xff});
        JsonNode bytes = json(run("--json", "get", "/a").out());
        assertThat(bytes.has("data")).isFalse();
        assertThat(bytes.get("dataBase64").asText()).isEqualTo("/w==");

        getAnswers(null);
        assertThat(json(run("--json", "get", "/a").out()).get("data").isNull()).isTrue();
    }

    @Test
    void aRefusalIsOneLineWithCodeAndPath() {
        peer.on(
                ClientRequest.GetData.class,
                request -> ServerReply.Refused.at(AT, ErrorCode.NO_NODE, "/a/b", "there is no such znode"));

        assertThat(run("get", "/a/b"))
                .isEqualTo(new Run(1, "", "fluxkeeper: NO_NODE: there is no such znode (/a/b)\n"));
    }

    @Test
    void aPathThatTheMessageNamesIsNotSaidTwice() {
        peer.on(
                ClientRequest.GetData.class,
                request -> ServerReply.Refused.at(AT, ErrorCode.NO_NODE, "/a/b", "/a/b does not exist"));

        assertThat(run("get", "/a/b").err()).isEqualTo("fluxkeeper: NO_NODE: /a/b does not exist\n");
    }

    @Test
    void setSendsTheExpectedVersionAndPrintsTheNewOne() {
        peer.on(ClientRequest.SetData.class, request -> new ServerReply.DataSet(AT, STAT));

        assertThat(run("set", "--version", "2", "/a", "x")).isEqualTo(new Run(0, "version 3\n", ""));

        ClientRequest.SetData sent = peer.received(ClientRequest.SetData.class).get(0);
        assertThat(sent.version()).isEqualTo(2);
        assertThat(sent.data()).isEqualTo(new byte[] {'x'});
    }

    @Test
    void setTakesAnyVersionUnlessToldOtherwise() {
        peer.on(ClientRequest.SetData.class, request -> new ServerReply.DataSet(AT, STAT));

        assertThat(run("set", "--version", "-1", "/a", "x").code()).isZero();
        assertThat(run("set", "/a", "-v").code())
                .as("data that looks like an option")
                .isEqualTo(Cli.USAGE);
        assertThat(run("set", "/a", "--", "-v").code()).isZero();

        assertThat(peer.received(ClientRequest.SetData.class))
                .extracting(ClientRequest.SetData::version)
                .containsExactly(-1, -1);
    }

    @Test
    void deletePrintsNothing() throws Exception {
        peer.on(ClientRequest.Delete.class, request -> new ServerReply.Deleted(AT));

        assertThat(run("delete", "--version", "5", "/a")).isEqualTo(new Run(0, "", ""));
        assertThat(peer.received(ClientRequest.Delete.class).get(0).version()).isEqualTo(5);
        assertThat(json(run("--json", "delete", "/a").out()).get("zxid").asText())
                .isEqualTo("4:17");
    }

    @Test
    void lsListsPageByPage() {
        peer.on(
                ClientRequest.Children.class,
                request -> request.after() == null
                        ? new ServerReply.ChildNames(AT, List.of("a", "b"), true, STAT)
                        : new ServerReply.ChildNames(AT, List.of("c"), false, STAT));

        assertThat(run("ls", "/").lines()).containsExactly("a", "b", "c");
        assertThat(peer.received(ClientRequest.Children.class))
                .extracting(ClientRequest.Children::after)
                .containsExactly(null, "b");
    }

    @Test
    void lsRecursiveListsParentsFirstAndSkipsWhatHasGoneMeanwhile() throws Exception {
        peer.on(ClientRequest.Children.class, request -> switch (request.path().value()) {
            case "/a" -> new ServerReply.ChildNames(AT, List.of("b", "gone", "z"), false, STAT);
            case "/a/b" -> new ServerReply.ChildNames(AT, List.of("c"), false, STAT);
            case "/a/gone" -> ServerReply.Refused.at(AT, ErrorCode.NO_NODE, "/a/gone", "gone");
            default -> new ServerReply.ChildNames(AT, List.of(), false, STAT);
        });

        assertThat(run("ls", "-R", "/a").lines()).containsExactly("/a", "/a/b", "/a/b/c", "/a/z");
        assertThat(json(run("--json", "ls", "-R", "/a").lines().get(2))
                        .get("path")
                        .asText())
                .isEqualTo("/a/b/c");
        assertThat(run("ls", "-R", "/a/gone").code()).isEqualTo(Cli.REFUSED);
    }

    @Test
    void lsGoesOnBehindANameAndSaysWhereAPinnedListingEnded() {
        peer.on(
                ClientRequest.Children.class,
                request -> "b".equals(request.after())
                        ? new ServerReply.ChildNames(AT, List.of("c", "d"), true, STAT, 7L)
                        : ServerReply.Refused.at(AT, ErrorCode.PIN_ENDED, "/a", "the pin is over"));

        assertThat(run("ls", "--pinned", "--after", "b", "/a"))
                .isEqualTo(new Run(1, "c\nd\n", "fluxkeeper: PIN_ENDED: the pin is over (--after d)\n"));
        assertThat(peer.received(ClientRequest.Children.class))
                .extracting(ClientRequest.Children::pin)
                .containsExactly(ClientRequest.Children.NEW_PIN, 7L);
    }

    @Test
    void statOfNothingIsARefusal() {
        peer.on(ClientRequest.Exists.class, request -> new ServerReply.Existence(AT, null));

        assertThat(run("stat", "/a")).isEqualTo(new Run(1, "", "fluxkeeper: NO_NODE: /a does not exist\n"));
    }

    @Test
    void statPrintsTheFieldsInEitherForm() throws Exception {
        peer.on(ClientRequest.Exists.class, request -> new ServerReply.Existence(AT, STAT));

        assertThat(run("stat", "/a").lines()).hasSize(11).contains("version         3");
        JsonNode stat = json(run("stat", "--json", "/a").out()).get("stat");
        assertThat(stat.size()).isEqualTo(11);
        assertThat(stat.get("mzxid").asText()).isEqualTo("4:17");
        assertThat(stat.get("mtime").asLong()).isEqualTo(1_000);
    }

    @Test
    void watchPrintsALineForEachChangeAndEndsAfterItsCount() throws Exception {
        WatchItem[] items = {
            new WatchItem.Started(Zxid.of(4, 1)),
            new WatchItem.Changed(
                    Zxid.of(4, 2), 0, true, EventType.CREATED, ZnodePath.of("/a"), STAT, new byte[] {'x', '\n'}),
            new WatchItem.Changed(Zxid.of(4, 3), 0, true, EventType.DELETED, ZnodePath.of("/a"), null, null)
        };
        peer.events(items);

        assertThat(run("watch", "--data", "--count", "2", "/a"))
                .isEqualTo(new Run(0, "4:2 CREATED /a version 3 \"x\\n\"\n4:3 DELETED /a\n", ""));
        List<String> lines =
                run("--json", "watch", "--data", "--count", "2", "/a").lines();
        assertThat(json(lines.get(0)).get("data").asText()).isEqualTo("x\n");
        assertThat(json(lines.get(1)).get("type").asText()).isEqualTo("DELETED");
        assertThat(json(lines.get(1)).get("stat").isNull()).isTrue();
    }

    @Test
    void watchSendsScopeAndPositionInEitherForm() {
        peer.events(
                new WatchItem.Started(Zxid.of(4, 17)),
                new WatchItem.Changed(Zxid.of(4, 18), 0, true, EventType.DELETED, ZnodePath.of("/a/b"), null, null));

        run("watch", "--children", "--from", "4:17", "--count", "1", "/a");
        run("watch", "--subtree", "--from", Long.toString(AT.value()), "--count", "1", "/a");

        List<ClientRequest.Watch> sent = peer.received(ClientRequest.Watch.class);
        assertThat(sent)
                .extracting(ClientRequest.Watch::scope)
                .containsExactly(WatchScope.CHILDREN, WatchScope.SUBTREE);
        assertThat(sent).extracting(ClientRequest.Watch::from).containsOnly(ChangePosition.after(AT));
        assertThat(sent).extracting(ClientRequest.Watch::data).containsOnly(false);
    }

    private static ServerReply.Status status(int peer, String role, Zxid zxid, boolean serving) {
        return new ServerReply.Status(
                zxid, new PeerId(peer), role, zxid.epoch(), new PeerId(1), serving, zxid, 2, 3, 4, 5, "0.1", null);
    }

    @Test
    void statusIsATableOfAllPeersWithTheirLag() throws Exception {
        peer.on(ClientRequest.EnsembleStatus.class, request -> status(1, "LEADING", Zxid.of(4, 17), true));
        try (CannedPeer second = new CannedPeer()) {
            second.on(ClientRequest.EnsembleStatus.class, request -> status(2, "FOLLOWING", Zxid.of(4, 12), false));

            Run run = Run.of("-c", peer.address() + "," + second.address() + ",127.0.0.1:1", "status");

            assertThat(run.code()).isZero();
            assertThat(run.lines()).hasSize(4);
            assertThat(run.lines().get(0)).matches("ADDRESS +PEER +ROLE +EPOCH +ZXID +LAG +ZNODES +SESSIONS +NOTE");
            assertThat(run.lines().get(1)).matches(peer.address() + " +1 +LEADING +4 +4:17 +0 +5 +2");
            assertThat(run.lines().get(2)).matches(second.address() + " +2 +FOLLOWING +4 +4:12 +5 +5 +2 +not serving");
            assertThat(run.lines().get(3)).matches("127.0.0.1:1 +- +- +- +- +- +- +- +.*127.0.0.1:1.*");
        }
        JsonNode line = json(run("--json", "status").out());
        assertThat(line.get("role").asText()).isEqualTo("LEADING");
        assertThat(line.get("lag").asLong()).isZero();
    }

    @Test
    void theShellRunsItsLinesInOneSessionAndEndsWithTheLastCode() {
        createAnswers("/a");
        getAnswers("x y".getBytes(StandardCharsets.UTF_8));
        peer.on(
                ClientRequest.Delete.class,
                request -> ServerReply.Refused.at(AT, ErrorCode.NOT_EMPTY, "/a", "it has children"));

        Run run = Run.withInput("create /a \"x y\"\n\nget /a\nget --bad /a\nset \"/a\ndelete /a\n", atPeer("shell"));

        assertThat(run.out()).contains("/a\n").contains("x y\n");
        assertThat(run.err().lines())
                .containsExactly(
                        "fluxkeeper: Unknown option: '--bad' (get --help says more)",
                        "fluxkeeper: a quote is not closed: set \"/a",
                        "fluxkeeper: NOT_EMPTY: it has children (/a)");
        assertThat(run.code()).isEqualTo(Cli.REFUSED);
        assertThat(peer.received(ClientRequest.OpenSession.class)).hasSize(1);
        assertThat(new String(peer.received(ClientRequest.Create.class).get(0).data(), StandardCharsets.UTF_8))
                .isEqualTo("x y");
    }

    @Test
    void anEmptyWordInQuotesIsDataAndHelpIsGivenInTheShellToo() {
        peer.on(ClientRequest.SetData.class, request -> new ServerReply.DataSet(AT, STAT));

        Run run = Run.withInput("set /a \"\"\nset /a '' \nhelp set\n", atPeer("shell"));

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("version 3", "Usage:");
        assertThat(peer.received(ClientRequest.SetData.class))
                .extracting(ClientRequest.SetData::data)
                .containsExactly(new byte[0], new byte[0]);
    }

    @Test
    void anEphemeralZnodeOfTheShellLivesUntilTheShellEnds() {
        createAnswers("/me");

        assertThat(Run.withInput("create -e /me\nexit\n", atPeer("shell"))).isEqualTo(new Run(0, "/me\n", ""));
        assertThat(peer.received(ClientRequest.CloseSession.class)).hasSize(1);
    }

    @Test
    void theShellOpensANewSessionWhenItsOwnIsOver() {
        Queue<ServerReply> replies = new ConcurrentLinkedQueue<>(
                List.of(ServerReply.Refused.of(AT, ErrorCode.SESSION_EXPIRED, "over"), new ServerReply.Deleted(AT)));
        peer.on(ClientRequest.Delete.class, request -> replies.remove());

        Run run = Run.withInput("delete /a\ndelete /a\n", atPeer("shell"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEqualTo("fluxkeeper: session s1:1 is over\n");
        assertThat(peer.received(ClientRequest.OpenSession.class)).hasSize(2);
    }

    @Test
    void theShellHasASessionAgainAlsoWhenAReadComesFirst() {
        createAnswers("/me");
        getAnswers("x".getBytes(StandardCharsets.UTF_8));
        peer.on(ClientRequest.Delete.class, request -> ServerReply.Refused.of(AT, ErrorCode.SESSION_EXPIRED, "over"));

        Run run = Run.withInput("delete /a\nget /a\ncreate -e /me\n", atPeer("shell"));

        assertThat(run.err()).isEqualTo("fluxkeeper: session s1:1 is over\n");
        assertThat(run.out()).isEqualTo("x\n/me\n");
        assertThat(run.code()).isZero();
        assertThat(peer.received(ClientRequest.OpenSession.class)).hasSize(2);
    }

    /** What stands behind a command that was ended is not meant any more. */
    @Test
    void aSignalEndsTheScriptAndNotItsCommandAlone() throws Exception {
        AtomicBoolean ending = new AtomicBoolean();
        FutureTask<Integer> shell = shell("watch /never\ndelete /a\n", ending);
        await().until(() -> !peer.received(ClientRequest.Watch.class).isEmpty());

        end(shell, ending);

        assertThat(peer.received(ClientRequest.Delete.class)).isEmpty();
        assertThat(peer.received(ClientRequest.CloseSession.class)).hasSize(1);
    }

    @Test
    void aSignalEndsAShellThatWaitsForALine() throws Exception {
        AtomicBoolean ending = new AtomicBoolean();
        try (PipedOutputStream typed = new PipedOutputStream()) {
            FutureTask<Integer> shell = shell(new PipedInputStream(typed), ending);
            await().until(() -> !peer.received(ClientRequest.OpenSession.class).isEmpty());

            end(shell, ending);
        }
        assertThat(peer.received(ClientRequest.CloseSession.class)).hasSize(1);
    }

    private FutureTask<Integer> shell(String input, AtomicBoolean ending) {
        return shell(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), ending);
    }

    private FutureTask<Integer> shell(InputStream input, AtomicBoolean ending) {
        PrintStream printed = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        FutureTask<Integer> command = new FutureTask<>(() -> Cli.run(atPeer("shell"), input, printed, printed, ending));
        shellThread = new Thread(command, "shell");
        shellThread.start();
        return command;
    }

    private void end(FutureTask<Integer> shell, AtomicBoolean ending) throws Exception {
        ending.set(true);
        shellThread.interrupt();
        assertThat(shell.get(5, TimeUnit.SECONDS)).isEqualTo(Cli.INTERRUPTED);
    }

    @Test
    void anEphemeralZnodeThatGoesWithItsSessionIsSaidToBeGone() {
        createAnswers("/me");
        peer.on(
                ClientRequest.Heartbeat.class,
                request -> ServerReply.Refused.of(AT, ErrorCode.SESSION_EXPIRED, "over"));
        peer.on(
                ClientRequest.OpenSession.class,
                request -> request.session() == null
                        ? new ServerReply.SessionOpened(
                                Zxid.of(1, 1),
                                new SessionId(Zxid.of(1, 1).value()),
                                new byte[ClientRequest.OpenSession.PASSWORD_BYTES],
                                1_000,
                                0,
                                1_000)
                        : ServerReply.Refused.of(AT, ErrorCode.SESSION_EXPIRED, "over"));

        assertThat(run("create", "-e", "/me"))
                .isEqualTo(new Run(
                        1,
                        "/me\n",
                        "fluxkeeper: SESSION_EXPIRED: the session is over (EXPIRED) and its znode is gone\n"));
    }

    @Test
    void aWatchFromAPositionThatIsNotKeptPrintsWhatThereIs() {
        peer.events(
                new WatchItem.Reset(Zxid.of(4, 5)),
                new WatchItem.Present(Zxid.of(4, 5), ZnodePath.of("/a"), STAT, null),
                new WatchItem.Exact(Zxid.of(4, 5)));

        assertThat(run("watch", "--from", "1:1", "--count", "3", "/a"))
                .isEqualTo(new Run(0, "4:5 RESET\n4:5 PRESENT /a version 3\n4:5 EXACT\n", ""));
    }

    @Test
    void observePrintsTheStateAndThenChanges() throws Exception {
        peer.events(
                new WatchItem.Reset(Zxid.of(4, 5)),
                new WatchItem.Present(Zxid.of(4, 5), ZnodePath.of("/a"), STAT, new byte[] {'x'}),
                new WatchItem.Exact(Zxid.of(4, 6)),
                new WatchItem.Changed(Zxid.of(4, 7), 0, true, EventType.DELETED, ZnodePath.of("/a"), null, null));

        assertThat(run("observe", "--data", "--depth", "1", "--count", "4", "/a"))
                .isEqualTo(new Run(0, "4:5 RESET\n4:5 PRESENT /a version 3 \"x\"\n4:6 EXACT\n4:7 DELETED /a\n", ""));
        List<String> lines =
                run("--json", "observe", "--data", "--count", "3", "/a").lines();
        assertThat(json(lines.get(1)).get("data").asText()).isEqualTo("x");
        assertThat(json(lines.get(2)).get("type").asText()).isEqualTo("EXACT");
        assertThat(peer.received(ClientRequest.Observe.class))
                .extracting(ClientRequest.Observe::depth)
                .containsExactly(1, null);
    }

    @Test
    void aWatchThatStalledIsToldWhereToGoOn() {
        peer.refuseWatches(new ServerReply.Refused(
                AT, ErrorCode.SUBSCRIBER_STALLED, null, "took nothing", null, null, null, ChangePosition.after(AT)));

        assertThat(run("watch", "--from", "4:1", "/a"))
                .isEqualTo(new Run(1, "", "fluxkeeper: SUBSCRIBER_STALLED: took nothing; go on with --from 4:1\n"));
    }

    @Test
    void whatWasFetchedAheadIsPrintedBeforeTheFailureBehindIt() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Root root = new Root(new Console(System.in, new PrintStream(out), System.err, new AtomicBoolean()))) {
            TreeEvent last = new TreeEvent.Exact(AT);
            CommandLine cli = Cli.commandLine(root, root.console())
                    .addSubcommand(
                            "told",
                            new Told(Flux.just(new TreeEvent.Reset(AT), last)
                                    .concatWith(Flux.error(new SubscriberStalledException(last.position(), "late")))));

            assertThat(cli.execute("told", "/")).isEqualTo(Cli.REFUSED);
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("4:17 RESET\n4:17 EXACT\n");
        }
    }

    /** Prints events that are all there before the first is printed. */
    @CommandLine.Command
    static final class Told extends StreamCommand {
        private final Flux<TreeEvent> events;

        Told(Flux<TreeEvent> events) {
            this.events = events;
        }

        @Override
        int run(Service service) {
            printEvents(events, false);
            return Cli.OK;
        }
    }

    @Test
    void aWatchThatStalledInTheMiddleOfATransactionGoesOnThere() {
        peer.events(new WatchItem.Changed(Zxid.of(4, 7), 2, false, EventType.DELETED, ZnodePath.of("/a"), null, null))
                .refuseWatches(new ServerReply.Refused(
                        AT,
                        ErrorCode.SUBSCRIBER_STALLED,
                        null,
                        "took nothing",
                        null,
                        null,
                        null,
                        new ChangePosition(Zxid.of(4, 7), 3)));

        assertThat(run("watch", "--from", "4:1", "/a").err()).endsWith("go on with --from 4:7+3\n");
        run("watch", "--from", "4:7+3", "/a");
        assertThat(peer.received(ClientRequest.Watch.class).get(1).from())
                .isEqualTo(new ChangePosition(Zxid.of(4, 7), 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"watch", "observe"})
    void aStreamThatNoPeerAnswersEndsAtTheTimeout(String command) {
        peer.silentTo(ClientRequest.Exists.class);

        assertThat(Run.of("--timeout", "200ms", "-c", peer.address(), command, "/a"))
                .isEqualTo(new Run(3, "", "fluxkeeper: no peer answered znode.exists in time\n"));
    }

    @Test
    void exitEndsTheShell() {
        assertThat(Run.withInput("exit\nget /a\n", atPeer("shell")).code()).isZero();
        assertThat(peer.received(ClientRequest.GetData.class)).isEmpty();
    }

    @Test
    void pathsAreCompletedFromWhatThereIs() {
        peer.on(ClientRequest.Exists.class, request -> new ServerReply.Existence(AT, STAT));
        peer.on(
                ClientRequest.Children.class,
                request -> request.path().isRoot()
                        ? new ServerReply.ChildNames(AT, List.of("app", "b"), false, STAT)
                        : new ServerReply.ChildNames(AT, List.of("conf2", "d"), false, STAT));
        try (Root root = new Root(new Console(System.in, System.out, System.err, new AtomicBoolean()))) {
            Cli.commandLine(root, root.console()).parseArgs("-c", peer.address());
            ShellCompleter completer = new ShellCompleter(root.service());

            assertThat(completer.paths("/")).containsExactly("/app", "/b");
            assertThat(completer.paths("/app/conf")).containsExactly("/app/conf", "/app/conf2");
        }
        assertThat(peer.received(ClientRequest.Children.class).get(1).after()).isEqualTo("conf");
    }
}
