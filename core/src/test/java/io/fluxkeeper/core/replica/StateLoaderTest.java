package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.delete;
import static io.fluxkeeper.core.replica.StateHarness.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.watch.ChangeLog;
import io.fluxkeeper.core.znode.Acl;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The rows a state hands to the store are all of it: what is loaded from them goes on alike. */
class StateLoaderTest {
    private final StateHarness harness = new StateHarness();

    @Test
    void anEmptyStoreIsANewState() throws DamagedStateException {
        StateMachine fresh = StateMachine.loader().finish(new StateMeta(Zxid.ZERO, 0, 0));

        assertThat(fresh.digest()).isEqualTo(new StateMachine().digest()).isZero();
        assertThat(fresh.applied()).isEqualTo(Zxid.ZERO);
        assertThat(fresh.znodeCount()).isEqualTo(4);
    }

    @Test
    void theFirstTransactionBringsTheRowsThatEveryStateBeginsWith() throws DamagedStateException {
        harness.write(delete("/none", -1)); // even if it is refused

        assertThat(harness.table(StateTable.ZNODES).keySet())
                .containsExactly(
                        "\u0001", "\u0001zookeeper", "\u0001zookeeper\u0001config", "\u0001zookeeper\u0001quota");
        assertThat(harness.table(StateTable.SETTINGS)).hasSize(11);
        assertThat(harness.state.digest()).isNotZero();
        assertThat(harness.reloaded().znodeCount()).isEqualTo(4);
    }

    @Test
    void aLoadedStateReadsAndGoesOnAsTheOneThatWasStored() throws DamagedStateException {
        RandomHistory history = new RandomHistory(7);
        for (int i = 0; i < 3_000; i++) {
            history.step(harness);
        }

        StateMachine loaded = harness.reloaded();

        assertThat(loaded.digest()).isEqualTo(harness.state.digest());
        assertThat(loaded.applied()).isEqualTo(harness.state.applied());
        assertThat(loaded.lastTimeMillis()).isEqualTo(harness.state.lastTimeMillis());
        assertThat(loaded.znodeCount()).isEqualTo(harness.state.znodeCount());
        assertThat(loaded.sessions()).containsExactlyElementsOf(harness.state.sessions());
        for (String key : harness.table(StateTable.ZNODES).keySet()) {
            assertReadsAlike(loaded, ZnodePath.of(key.replace('\u0001', '/')));
        }
        StateHarness second = new StateHarness(loaded);
        for (int i = 0; i < 1_000; i++) {
            byte[] payload = history.next(harness.timeMillis);
            assertThat(second.applyBytes(payload).reply())
                    .isEqualTo(history.apply(harness, payload).reply());
        }
        assertThat(loaded.digest()).isEqualTo(harness.state.digest());
    }

    @Test
    void theSameBytesGiveTheSameDigestRowsAndRepliesOnEveryPeer() {
        StateHarness other = new StateHarness();
        RandomHistory history = new RandomHistory(99);
        for (int i = 0; i < 3_000; i++) {
            byte[] payload = history.next(harness.timeMillis + i / 3);
            Applied here = history.apply(harness, payload);
            Applied there = other.applyBytes(payload);
            assertThat(there.reply()).isEqualTo(here.reply());
            assertThat(other.state.digest()).isEqualTo(harness.state.digest());
        }
        for (StateTable table : StateTable.values()) {
            assertThat(other.table(table).keySet())
                    .isEqualTo(harness.table(table).keySet());
            other.table(table)
                    .forEach((key, value) ->
                            assertThat(value).isEqualTo(harness.table(table).get(key)));
        }
        assertThat(history.repliesMet).hasSizeGreaterThan(10);
    }

    @Test
    void theDigestDependsOnEachRowAndNotOnTheWayToIt() {
        StateHarness other = new StateHarness();
        harness.write(create("/a"));
        harness.write(create("/b"));
        long both = harness.state.digest();
        other.multi(create("/c"), delete("/c", -1));
        other.write(create("/a"));

        assertThat(other.state.digest()).isNotEqualTo(both);
        harness.write(set("/a", "1", -1));
        long one = harness.state.digest();
        harness.write(set("/a", "1", -1));
        assertThat(harness.state.digest()).isNotEqualTo(one).isNotEqualTo(both);
    }

    @Test
    void anyRowChangedLostOrAddedIsFound() {
        SessionId session = harness.open();
        harness.write(session, 1, 0, create("/a", CreateMode.EPHEMERAL));
        SessionId gone = harness.open();
        harness.write(gone, 1, 0, create("/b"));
        harness.apply(new Transaction.ExpireSession(gone, gone.value()));
        for (StateTable table : StateTable.values()) {
            for (String key : List.copyOf(harness.table(table).keySet())) {
                byte[] value = Objects.requireNonNull(harness.table(table).get(key));
                for (int at = 0; at < value.length; at++) {
                    value[at] ^= 4;
                    assertThatThrownBy(harness::reloaded).isInstanceOf(DamagedStateException.class);
                    value[at] ^= 4;
                }
                harness.table(table).remove(key);
                assertThatThrownBy(harness::reloaded).isInstanceOf(DamagedStateException.class);
                harness.table(table).put(key + "0", value);
                assertThatThrownBy(harness::reloaded).isInstanceOf(DamagedStateException.class);
                harness.table(table).remove(key + "0");
                harness.table(table).put(key, value);
            }
        }
    }

    @Test
    void aDigestThatDoesNotFitIsNamed() {
        harness.write(create("/a"));

        assertThatThrownBy(() -> harness.load(new StateMeta(harness.zxid, 0, 0x1f)))
                .isInstanceOf(DamagedStateException.class)
                .hasMessage("the rows have digest " + StateRows.hex(harness.state.digest())
                        + ", and 000000000000001f was written for 1:1");
    }

    @Test
    void rowsThatMakeNoSenseTogetherAreRefusedEvenWithTheirDigest() {
        SessionId session = harness.open();
        harness.write(session, 1, 0, create("/p"));
        harness.write(session, 2, 0, create("/p/e", CreateMode.EPHEMERAL));
        harness.write(session, 3, 0, set("/p", "x", -1));
        String id = StateRows.hex(session.value());

        assertDamaged(StateTable.ZNODES, "\u0001p", "row /p/e of ZNODES: /p/e has no parent");
        assertDamaged(StateTable.ZNODES, "\u0001p\u0001e", "/p has not as many children as it says");
        assertDamaged(StateTable.ZNODES, "\u0001zookeeper\u0001quota", "/zookeeper/quota is missing");
        assertDamaged(StateTable.REPLIES, id + StateRows.hex(2), "reply 3 of session " + session + " comes behind 1");
        assertDamaged(StateTable.SESSIONS, id, "a reply belongs to session " + session + ", which is not there");
        assertDamaged(StateTable.SETTINGS, "lastTimeMillis", "setting lastTimeMillis is missing");
        harness.table(StateTable.REPLIES).clear();
        assertDamaged(StateTable.SESSIONS, id, "session " + session + " owns ephemeral znodes and is not there");
    }

    @Test
    void aSettingThatIsNotKnownHereIsRefusedInWords() {
        harness.write(create("/a"));
        harness.table(StateTable.SETTINGS).put("later", new byte[8]);

        assertThatThrownBy(() -> harness.load(new StateMeta(harness.zxid, 0, digestOfRows())))
                .isInstanceOf(DamagedStateException.class)
                .hasMessageStartingWith("settings: settings are [changeLogBytesMax,")
                .hasMessageContaining("later");
    }

    @Test
    void accessControlListsAndNullDataAreKept() throws DamagedStateException {
        List<Acl> acl = List.of(new Acl(Acl.READ | Acl.ADMIN, new Identity("digest", "ann:x")), Acl.OPEN);
        harness.write(new Operation.Create("/a", null, CreateMode.PERSISTENT, acl));
        StateHarness second = new StateHarness(harness.reloaded());

        Applied deleted = second.multi(delete("/a", -1));

        assertThat(deleted.changes().get(0).acl()).isEqualTo(acl);
        assertThat(ReadsTest.data(harness, "/a")).isNull();
    }

    @Test
    void howFarASessionHasComeFollowsFromItsReplies() throws DamagedStateException {
        SessionId session = harness.open();
        SessionId silent = harness.open();
        byte[] row = Objects.requireNonNull(harness.table(StateTable.SESSIONS).get(StateRows.hex(session.value())));
        harness.write(session, 1, 0, create("/a"));
        harness.write(session, 2, 0, create("/b"));
        harness.write(session, 3, 2, create("/c"));
        assertThat(harness.table(StateTable.SESSIONS).get(StateRows.hex(session.value())))
                .isSameAs(row);
        assertThat(harness.table(StateTable.REPLIES)).hasSize(1);

        StateHarness loaded = new StateHarness(harness.reloaded());

        assertThat(loaded.state.session(session)).isEqualTo(harness.state.session(session));
        assertThat(loaded.state.session(silent)).isEqualTo(harness.state.session(silent));
        assertThat(loaded.write(session, 2, 0, create("/b")).reply())
                .isEqualTo(harness.write(session, 2, 0, create("/b")).reply());
        assertThat(loaded.write(session, 3, 2, create("/c")).reply()).isInstanceOf(ServerReply.Created.class);
        assertThat(loaded.write(session, 4, 2, create("/d")).reply()).isInstanceOf(ServerReply.Created.class);
        assertThat(loaded.write(silent, 1, 0, create("/e")).reply()).isInstanceOf(ServerReply.Created.class);
    }

    @Test
    void theDigestFollowsManyRepliesThatAreAcknowledgedAtOnce() {
        SessionId session = harness.open();
        for (int cxid = 1; cxid <= 20; cxid++) {
            harness.write(session, cxid, 0, set("/", "x", -1));
        }
        harness.write(session, 21, 20, set("/", "x", -1));

        assertThat(harness.table(StateTable.REPLIES)).hasSize(1);
        assertThat(harness.state.digest()).isEqualTo(digestOfRows());
    }

    @Test
    void repliesOfEndedSessionsAreKeptInTheOrderOfTheirEnd() throws DamagedStateException {
        SessionId first = harness.open();
        SessionId second = harness.open();
        harness.write(first, 1, 0, create("/a"));
        harness.write(second, 1, 0, create("/b"));
        harness.apply(new Transaction.CloseSession(new WriteStamp(second, 2, 0), second.value()));
        harness.apply(new Transaction.CloseSession(new WriteStamp(first, 2, 0), first.value()));
        StateHarness loaded = new StateHarness(harness.reloaded());

        for (int i = 0; i < 63; i++) { // room for 64: the second, which ended first, goes
            SessionId other = loaded.open();
            loaded.apply(new Transaction.ExpireSession(other, other.value()));
        }

        assertThat(loaded.write(first, 1, 0, create("/a")).reply()).isInstanceOf(ServerReply.Created.class);
        assertThat(((ServerReply.Refused)
                                loaded.write(second, 1, 0, create("/b")).reply())
                        .code())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
    }

    private void assertReadsAlike(StateMachine loaded, ZnodePath path) {
        List<ClientRequest.ReadRequest> reads = new ArrayList<>();
        reads.add(new ClientRequest.GetData(path, ReadStamp.NONE));
        reads.add(new ClientRequest.Exists(path, ReadStamp.NONE));
        reads.add(new ClientRequest.Children(path, null, null, ReadStamp.NONE));
        for (ClientRequest.ReadRequest read : reads) {
            assertThat(loaded.read(read)).usingRecursiveComparison().isEqualTo(harness.state.read(read));
        }
    }

    /** Without that row, and with the digest of what is left. */
    private void assertDamaged(StateTable table, String key, String message) {
        byte[] value = Objects.requireNonNull(harness.table(table).remove(key), key);
        assertThatThrownBy(() -> harness.load(new StateMeta(harness.zxid, 0, digestOfRows())))
                .isInstanceOf(DamagedStateException.class)
                .hasMessage(message);
        harness.table(table).put(key, value);
    }

    private long digestOfRows() {
        long digest = 0;
        ChangeLog log = new ChangeLog(1_000_000, 1 << 30);
        for (var block : harness.table(StateTable.CHANGES).entrySet()) {
            digest += log.restore(block.getKey(), block.getValue(), StateRows::hashOfChanges);
        }
        for (StateTable table : StateTable.values()) {
            if (table == StateTable.CHANGES) {
                continue;
            }
            for (var row : harness.table(table).entrySet()) {
                BinaryWriter out = new BinaryWriter().writeRaw(row.getValue(), 0, row.getValue().length);
                digest += RowHash.ofRow(RowHash.ofKey(table, row.getKey()), out.array(), out.size());
            }
        }
        return digest;
    }

    /** Transactions of all kinds, of a few sessions that write mostly, though not always, what they should. */
    private static final class RandomHistory {
        private final SplittableRandom random;
        private final List<SessionId> sessions = new ArrayList<>(List.of(new SessionId(1)));
        private final java.util.TreeMap<SessionId, long[]> sent = new java.util.TreeMap<>();
        final java.util.TreeSet<String> repliesMet = new java.util.TreeSet<>();

        RandomHistory(long seed) {
            random = new SplittableRandom(seed);
        }

        void step(StateHarness harness) {
            harness.timeMillis += random.nextInt(3);
            apply(harness, next(harness.timeMillis));
        }

        Applied apply(StateHarness harness, byte[] payload) {
            Applied applied = harness.applyBytes(payload);
            if (applied.attached() != null) {
                SessionId session = applied.attached();
                sessions.add(session);
                long last = ((ServerReply.SessionOpened) applied.reply()).lastCxid();
                sent.put(session, new long[] {last, harness.zxid.value(), 0});
            }
            repliesMet.add(
                    applied.reply() instanceof ServerReply.Refused refused
                            ? refused.code().name()
                            : applied.reply().getClass().getSimpleName());
            return applied;
        }

        byte[] next(long timeMillis) {
            return TransactionCodec.encode(StateHarness.transaction(timeMillis, body()));
        }

        private Transaction.Body body() {
            SessionId session = sessions.get(random.nextInt(sessions.size()));
            long[] state = sent.getOrDefault(session, new long[] {0, session.value(), 0});
            switch (random.nextInt(40)) {
                case 0:
                    return new Transaction.OpenSession(random.nextInt(100_000), StateHarness.PASSWORD_HASH);
                case 1:
                    return new Transaction.AttachSession(session, StateHarness.PASSWORD_HASH);
                case 2:
                    return new Transaction.ExpireSession(session, state[1]);
                case 3:
                    return new Transaction.CloseSession(new WriteStamp(session, state[0] + 1, state[2]), state[1]);
                case 4:
                    return new Transaction.RefusedWrite(
                            new WriteStamp(session, ++state[0], state[2]), state[1], ErrorCode.TOO_LARGE, "", "no");
                case 5: // again
                    long cxid = 1 + random.nextLong(state[0] + 1);
                    return StateHarness.stamped(session, state[1], cxid, Math.min(cxid - 1, state[2]), operation());
                case 6: // too early
                    return StateHarness.stamped(session, state[1], state[0] + 5, 0, operation());
                default:
                    state[2] = Math.max(state[2], state[0] - random.nextInt(6));
                    state[0]++;
                    Operation[] operations = new Operation[1 + random.nextInt(2)];
                    java.util.Arrays.setAll(operations, i -> operation());
                    return StateHarness.stamped(session, state[1], state[0], Math.max(0, state[2]), operations);
            }
        }

        private Operation operation() {
            String path = "/" + "abc".charAt(random.nextInt(3))
                    + (random.nextBoolean() ? "" : "/" + "de".charAt(random.nextInt(2)));
            int version = random.nextInt(4) - 1;
            return switch (random.nextInt(5)) {
                case 0 -> set(path, "data" + random.nextInt(), version);
                case 1 -> delete(path, version);
                default -> create(path, CreateMode.values()[random.nextInt(4)]);
            };
        }
    }
}
