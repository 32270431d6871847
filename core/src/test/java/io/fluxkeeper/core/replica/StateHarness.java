package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.store.DamagedStateException;
import io.fluxkeeper.core.store.StateChange;
import io.fluxkeeper.core.store.StateMeta;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A state machine, the next zxid, and the rows a store would hold by now. */
final class StateHarness {
    static final byte[] PASSWORD_HASH = new byte[32];

    final StateMachine state;
    final Map<StateTable, TreeMap<String, byte[]>> rows = new EnumMap<>(StateTable.class);
    Zxid zxid;
    long timeMillis = 1_000;

    StateHarness() {
        this(new StateMachine());
    }

    StateHarness(StateMachine state) {
        this.state = state;
        this.zxid = state.applied().epoch() == 0 ? Zxid.of(1, 0) : state.applied();
        for (StateTable table : StateTable.values()) {
            rows.put(table, new TreeMap<>());
        }
    }

    Applied apply(Transaction.Body body) {
        return applyBytes(TransactionCodec.encode(transaction(timeMillis, body)));
    }

    Applied applyBytes(byte[] payload) {
        zxid = zxid.next();
        Applied applied = state.apply(zxid, payload);
        for (StateChange change : applied.stateChanges()) {
            if (change.value() == null) {
                table(change.table()).remove(change.table().storedKey(change.key()));
            } else {
                BinaryWriter out = new BinaryWriter();
                change.value().writeTo(out);
                table(change.table()).put(change.table().storedKey(change.key()), out.toByteArray());
            }
        }
        return applied;
    }

    /** What a peer has that loads what the store holds. */
    StateMachine reloaded() throws DamagedStateException {
        return load(new StateMeta(state.applied(), 0, state.digest()));
    }

    StateMachine load(StateMeta meta) throws DamagedStateException {
        StateMachine.Loader loader = StateMachine.loader();
        rows.forEach((table, each) -> each.forEach((key, value) -> loader.accept(table, key, value)));
        return loader.finish(meta);
    }

    TreeMap<String, byte[]> table(StateTable table) {
        TreeMap<String, byte[]> found = rows.get(table);
        if (found == null) {
            throw new IllegalStateException("no " + table);
        }
        return found;
    }

    SessionId open() {
        Applied applied = apply(new Transaction.OpenSession(10_000, PASSWORD_HASH));
        return ((ServerReply.SessionOpened) applied.reply()).session();
    }

    long attach(SessionId session) {
        Applied applied = apply(new Transaction.AttachSession(session, PASSWORD_HASH));
        return applied.reply().zxid().value();
    }

    /** Outside any session, alone. */
    ServerReply write(Operation operation) {
        return apply(new Transaction.Write(null, 0, false, List.of(operation), List.of(Identity.ANYONE)))
                .reply();
    }

    /** Outside any session, as a multi. */
    Applied multi(Operation... operations) {
        return apply(new Transaction.Write(null, 0, true, List.of(operations), List.of(Identity.ANYONE)));
    }

    /** In a session that was never attached again. */
    Applied write(SessionId session, long cxid, long acked, Operation... operations) {
        return apply(stamped(session, session.value(), cxid, acked, operations));
    }

    @Nullable Stat stat(String path) {
        ServerReply reply = state.read(new ClientRequest.Exists(ZnodePath.of(path), ReadStamp.NONE));
        return ((ServerReply.Existence) java.util.Objects.requireNonNull(reply)).stat();
    }

    static Transaction.Write stamped(
            SessionId session, long generation, long cxid, long acked, Operation... operations) {
        return new Transaction.Write(
                new WriteStamp(session, cxid, acked),
                generation,
                operations.length != 1,
                List.of(operations),
                List.of(Identity.ANYONE));
    }

    static Transaction transaction(long timeMillis, Transaction.Body body) {
        return new Transaction(timeMillis, new Transaction.Origin(new PeerId(1), 1, 1), body);
    }

    static Operation create(String path) {
        return create(path, CreateMode.PERSISTENT);
    }

    static Operation create(String path, CreateMode mode) {
        return new Operation.Create(path, bytes("x"), mode, null);
    }

    static Operation set(String path, String data, int version) {
        return new Operation.SetData(ZnodePath.of(path), bytes(data), version);
    }

    static Operation delete(String path, int version) {
        return new Operation.Delete(ZnodePath.of(path), version);
    }

    static Operation check(String path, int version) {
        return new Operation.Check(ZnodePath.of(path), version);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
