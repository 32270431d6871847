package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.paxos.MultiPaxos;
import io.fluxkeeper.core.consensus.paxos.PaxosLimits;
import io.fluxkeeper.core.consensus.paxos.PaxosTiming;
import io.fluxkeeper.core.consensus.zab.Zab;
import io.fluxkeeper.core.consensus.zab.ZabLimits;
import io.fluxkeeper.core.consensus.zab.ZabTiming;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The tree does not know which algorithm ordered it: the same requests at the same times give the same tree, sessions and
 * outcomes, once each zxid is replaced by the number of its request.
 */
class AlgorithmsAgreeTest {
    private static final int HISTORIES = 1_000;

    @Test
    void aThousandRandomHistoriesComeToTheSameThroughEither() {
        int compared = 0;
        int executed = 0;
        for (long seed = 0; seed < HISTORIES; seed++) {
            Outcome zab = new Run(seed, AlgorithmsAgreeTest::zab).go();
            Outcome paxos = new Run(seed, AlgorithmsAgreeTest::multiPaxos).go();

            assertThat(paxos.text).as("seed %d", seed).isEqualTo(zab.text);
            compared += zab.znodes;
            executed += zab.executed;
        }
        // Histories in which everything is refused would agree as well.
        assertThat(compared).isGreaterThan(2 * HISTORIES);
        assertThat(executed).isGreaterThan(5 * HISTORIES);
    }

    private static BroadcastCluster zab(long seed) {
        ZabTiming timing = new ZabTiming(2, 3, 3, 10, 20, 20, 200, 20);
        return new BroadcastCluster(
                3,
                (ensemble, recovered, founders, freshId) ->
                        new Zab(ensemble, timing, recovered, ZabLimits.DEFAULT, founders, freshId));
    }

    private static BroadcastCluster multiPaxos(long seed) {
        PaxosTiming timing = new PaxosTiming(2, 4, 10, 20, 20, 200, 20);
        SplittableRandom random = new SplittableRandom(seed);
        return new BroadcastCluster(
                3,
                (ensemble, recovered, founders, freshId) -> new MultiPaxos(
                        ensemble, timing, recovered, PaxosLimits.DEFAULT, founders, freshId, random.split()));
    }

    private interface Algorithm {
        BroadcastCluster cluster(long seed);
    }

    /**
     * @param text everything that can be seen, with numbers of requests for zxids
     * @param executed requests that were not refused
     */
    private record Outcome(String text, int znodes, int executed) {}

    /** One session as its client knows it. */
    private static final class Client {
        final SessionId session;
        long generation;
        long cxid;

        Client(SessionId session) {
            this.session = session;
            generation = session.value();
        }
    }

    /** One history, drawn from the seed: what is asked and when depends on nothing that an algorithm decides. */
    private static final class Run {
        private final SplittableRandom requests;
        private final SplittableRandom faults;
        private final BroadcastCluster cluster;
        private final StateMachine state = new StateMachine();
        private final List<Client> clients = new ArrayList<>();
        private final Map<Long, Integer> numbers = new TreeMap<>();
        private final StringBuilder text = new StringBuilder();
        private final int crashPercent;
        private Client leaving;
        private int applied;
        private int executed;
        private int znodes;
        private long timeMillis = 1_000;

        Run(long seed, Algorithm algorithm) {
            requests = new SplittableRandom(seed);
            faults = new SplittableRandom(~seed);
            crashPercent = faults.nextInt(4) == 0 ? 10 : 0;
            cluster = algorithm.cluster(seed);
            numbers.put(0L, 0);
        }

        Outcome go() {
            cluster.serve();
            int count = requests.nextInt(10, 40);
            for (int i = 0; i < count; i++) {
                timeMillis += requests.nextInt(1_000);
                commit(body());
                if (faults.nextInt(100) < crashPercent) {
                    loseTheLeader();
                }
            }
            dump("/");
            state.sessions()
                    .forEach(session -> text.append(number(session.id().value()))
                            .append(" generation ")
                            .append(number(session.generation()))
                            .append(" last ")
                            .append(session.lastCxid())
                            .append('\n'));
            return new Outcome(text.toString(), znodes, executed);
        }

        private void loseTheLeader() {
            BroadcastHost old = cluster.leader();
            cluster.crash(old);
            cluster.runUntil(
                    "the others serve",
                    () -> cluster.hosts().stream().filter(host -> host != old).allMatch(BroadcastHost::isServing));
            cluster.restart(old);
            cluster.runUntil("all serve", cluster::allServe);
        }

        private void commit(Transaction.Body body) {
            byte[] payload = TransactionCodec.encode(StateHarness.transaction(timeMillis, body));
            assertThat(cluster.leader().propose(payload)).isNotNull();
            cluster.settle();
            for (Entry entry :
                    cluster.canonical().subList(applied, cluster.canonical().size())) {
                apply(entry);
            }
            applied = cluster.canonical().size();
        }

        private void apply(Entry entry) {
            if (entry.payload().length > 0) {
                numbers.put(entry.zxid().value(), numbers.size());
            }
            ServerReply reply = state.apply(entry.zxid(), entry.payload()).reply();
            String outcome = reply.getClass().getSimpleName();
            if (reply instanceof ServerReply.Refused refused) {
                outcome = refused.code() + " " + refused.path();
            } else {
                executed++;
            }
            if (reply instanceof ServerReply.Created created) {
                outcome += " " + created.path() + " " + stat(created.stat());
            } else if (reply instanceof ServerReply.SessionOpened opened) {
                clients.stream()
                        .filter(client -> client.session.equals(opened.session()))
                        .findFirst()
                        .ifPresentOrElse(
                                client -> client.generation = opened.zxid().value(),
                                () -> clients.add(new Client(opened.session())));
            } else if (reply instanceof ServerReply.SessionClosed && requests.nextInt(3) > 0) {
                clients.remove(leaving); // else it goes on asking
            }
            text.append(number(reply.zxid().value()))
                    .append(' ')
                    .append(outcome)
                    .append('\n');
        }

        private Transaction.Body body() {
            int dice = requests.nextInt(100);
            if (clients.isEmpty() || dice < 8) {
                return new Transaction.OpenSession(10_000, StateHarness.PASSWORD_HASH);
            }
            Client client = clients.get(requests.nextInt(clients.size()));
            leaving = client;
            if (dice < 12) {
                return new Transaction.ExpireSession(client.session, client.generation);
            }
            if (dice < 15) {
                return new Transaction.AttachSession(client.session, StateHarness.PASSWORD_HASH);
            }
            // Mostly the next number; sometimes one that was used, or one too many.
            long cxid = dice < 18 ? client.cxid + 2 : dice < 22 ? Math.max(1, client.cxid) : ++client.cxid;
            Operation[] operations = new Operation[dice < 30 ? 2 : 1];
            for (int i = 0; i < operations.length; i++) {
                operations[i] = operation();
            }
            return StateHarness.stamped(client.session, client.generation, cxid, 0, operations);
        }

        private Operation operation() {
            String parent = List.of("", "/a", "/b", "/a/c").get(requests.nextInt(4));
            String path = parent + "/" + (char) ('a' + requests.nextInt(4));
            int version = requests.nextInt(4) - 1;
            return switch (requests.nextInt(8)) {
                case 0 -> StateHarness.set(path, "data" + requests.nextInt(100), version);
                case 1 -> StateHarness.delete(path, version);
                case 2 -> StateHarness.check(path, version);
                default -> StateHarness.create(path, CreateMode.values()[requests.nextInt(CreateMode.values().length)]);
            };
        }

        private String number(long zxid) {
            Integer number = numbers.get(zxid);
            assertThat(number)
                    .as("a zxid that no request has: %s", new Zxid(zxid))
                    .isNotNull();
            return "#" + number;
        }

        private String stat(Stat stat) {
            return String.join(
                    " ",
                    number(stat.czxid().value()),
                    number(stat.mzxid().value()),
                    number(stat.pzxid().value()),
                    number(stat.ephemeralOwner().value()),
                    List.of(
                                    stat.ctime(),
                                    stat.mtime(),
                                    stat.version(),
                                    stat.cversion(),
                                    stat.aversion(),
                                    stat.dataLength(),
                                    stat.numChildren())
                            .toString());
        }

        private void dump(String path) {
            ServerReply.Data data =
                    (ServerReply.Data) read(new ClientRequest.GetData(ZnodePath.of(path), ReadStamp.NONE));
            String content = data.data() == null ? "null" : new String(data.data());
            text.append(path)
                    .append(' ')
                    .append(content)
                    .append(' ')
                    .append(stat(data.stat()))
                    .append('\n');
            znodes++;
            ServerReply.ChildNames children = (ServerReply.ChildNames)
                    read(new ClientRequest.Children(ZnodePath.of(path), null, null, ReadStamp.NONE));
            for (String name : children.names()) {
                dump(path.equals("/") ? "/" + name : path + "/" + name);
            }
        }

        private ServerReply read(ClientRequest.ReadRequest request) {
            ServerReply reply = state.read(request);
            assertThat(reply).isNotNull();
            return reply;
        }
    }
}
