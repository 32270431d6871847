package io.fluxkeeper.core.znode;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tree against {@link NaiveTree}: thousands of random transactions over few names, so that most of them meet
 * something that is there, and all kinds of refusal occur.
 */
class ZnodeTreeModelTest {
    private static final int TRANSACTIONS = 3_000;
    private static final int EPHEMERALS_MAX = 6;
    private static final List<String> NAMES = List.of("a", "b", "b!", "c");

    private final ZnodeTree tree = ZnodeTree.withBuiltIns();
    private final NaiveTree model = new NaiveTree();

    /** What a store would hold, to see that every change is told. */
    private final TreeMap<String, Znode> told = new TreeMap<>();

    private final Map<String, Long> hashes = new HashMap<>();
    private long lastHash;

    private Set<ErrorCode> met = EnumSet.noneOf(ErrorCode.class);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void doesWhatTheNaiveTreeDoes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (String path : ZnodeTree.BUILT_IN) {
            told.put(path, Objects.requireNonNull(tree.get(path)));
        }
        Zxid zxid = Zxid.of(1, 0);
        for (int i = 0; i < TRANSACTIONS; i++) {
            zxid = zxid.next();
            SessionId session = new SessionId(random.nextInt(4));
            if (session.value() != 0 && random.nextInt(60) == 0) {
                endSession(zxid, session);
            } else {
                execute(random, zxid, i, session);
            }
            if (i % 8 == 0 || i > TRANSACTIONS - 8) { // comparing all takes longer than changing it
                compare("seed " + seed + ", transaction " + i);
            }
        }
        assertThat(met)
                .containsExactlyInAnyOrder(
                        ErrorCode.NO_NODE,
                        ErrorCode.NODE_EXISTS,
                        ErrorCode.BAD_VERSION,
                        ErrorCode.NOT_EMPTY,
                        ErrorCode.NO_CHILDREN_FOR_EPHEMERALS,
                        ErrorCode.TOO_MANY_EPHEMERALS,
                        ErrorCode.BAD_ARGUMENTS);
    }

    @Test
    void theNumberEndsANameAsTheFormatWould() {
        SplittableRandom random = new SplittableRandom(1);
        List<Integer> numbers =
                new ArrayList<>(List.of(0, 1, 9, 10, 99_999_999, 2_147_483_647, -1, -2, -123_456_789, -2_147_483_648));
        for (int i = 0; i < 1_000; i++) {
            numbers.add(random.nextInt() >> random.nextInt(32));
        }
        for (int number : numbers) {
            assertThat(SequenceNumber.suffix(number)).isEqualTo(String.format("%010d", number));
        }
    }

    /** Too long a way to it for chance. */
    @Test
    void aParentMadeAnewInTheSameTransactionIsTheOneThatCounts() {
        for (String path : ZnodeTree.BUILT_IN) {
            told.put(path, Objects.requireNonNull(tree.get(path)));
        }
        List<Acl> before = List.of(new Acl(Acl.READ, Identity.ANYONE));
        List<Acl> after = List.of(new Acl(Acl.WRITE, Identity.ANYONE));
        Operation set = new Operation.SetData(ZnodePath.of("/p/c"), null, -1);
        List<List<Operation>> transactions = List.of(
                List.of(create("/p", before), create("/p/c", null)),
                List.of(set),
                List.of(delete("/p/c"), delete("/p"), create("/p", after), create("/p/c", null), set),
                List.of(set));
        for (int i = 0; i < transactions.size(); i++) {
            execute(transactions.get(i), Zxid.of(1, i + 1), 0, SessionId.NONE);
            compare("transaction " + i);
        }
    }

    private static Operation create(String path, @Nullable List<Acl> acl) {
        return new Operation.Create(path, null, CreateMode.PERSISTENT, acl);
    }

    private static Operation delete(String path) {
        return new Operation.Delete(ZnodePath.of(path), -1);
    }

    private void execute(SplittableRandom random, Zxid zxid, long timeMillis, SessionId session) {
        List<Operation> operations = new ArrayList<>();
        for (int count = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1; count > 0; count--) {
            operations.add(operation(random));
        }
        execute(operations, zxid, timeMillis, session);
    }

    private void execute(List<Operation> operations, Zxid zxid, long timeMillis, SessionId session) {
        TreePlan plan = tree.plan(zxid, timeMillis, session, EPHEMERALS_MAX);
        Refused refused = plan.execute(operations, operations.size() > 1);
        ErrorCode expected = model.execute(operations, zxid, timeMillis, session, EPHEMERALS_MAX);
        assertThat(refused == null ? null : refused.code()).as("%s", operations).isEqualTo(expected);
        if (expected != null) {
            met.add(expected);
            return;
        }
        assertThat(plan.results()).hasSameSizeAs(operations);
        install(plan);
    }

    private void endSession(Zxid zxid, SessionId session) {
        TreePlan plan = tree.plan(zxid, 0, session, 0);
        plan.deleteEphemerals();
        model.endOf(session, zxid);
        install(plan);
        assertThat(tree.ephemeralCount(session)).isZero();
    }

    private void install(TreePlan plan) {
        List<Change> changes = plan.changes();
        assertThat(changes)
                .extracting(change -> change.type() + " " + change.path())
                .isEqualTo(model.events);
        assertThat(changes)
                .extracting(change -> change.acl() + " " + change.parentAcl())
                .isEqualTo(model.acls);
        for (int i = 0; i < changes.size(); i++) {
            assertThat(changes.get(i).ordinal()).isEqualTo(i);
            assertThat(changes.get(i).last()).isEqualTo(i == changes.size() - 1);
        }
        tree.install(plan, new Rows());
    }

    /** Gives each version of a znode another hash, and wants it back when the version goes. */
    private final class Rows implements ZnodeTree.Sink {
        @Override
        public long znodePut(String path, boolean added, long hashBefore, Znode znode) {
            assertThat(added).as("%s is added", path).isEqualTo(told.put(path, znode) == null);
            Long before = hashes.put(path, ++lastHash);
            assertThat(hashBefore).as("%s before", path).isEqualTo(before == null ? 0 : before);
            return lastHash;
        }

        @Override
        public void znodeRemoved(String path, long hash) {
            assertThat(told.remove(path)).as("%s was there", path).isNotNull();
            assertThat(hashes.remove(path)).as("%s before", path).isEqualTo(hash);
        }
    }

    private void compare(String when) {
        assertThat(tree.size()).as(when).isEqualTo(model.rows.size());
        assertThat(told.keySet()).as(when).isEqualTo(model.rows.keySet());
        for (String path : model.rows.keySet()) {
            Znode znode = Objects.requireNonNull(tree.get(path), path);
            List<String> names = tree.children(path, null, 10_000, 1 << 20).names();
            boolean alike = znode.stat().equals(model.stat(path))
                    && Arrays.equals(znode.data(), model.get(path).data)
                    && told.get(path) == znode
                    && names.equals(model.children(path));
            assertThat(alike)
                    .as(() -> when + ": " + path + " is " + znode + " with " + names + "\n" + model)
                    .isTrue();
        }
        assertThat(tree.whatIsWrong()).as(when).isNull();
        long heapBytes = 0;
        for (Map.Entry<String, Znode> each : told.entrySet()) {
            heapBytes += ZnodeHeap.bytes(each.getKey(), each.getValue());
        }
        assertThat(tree.heapBytes()).as(when).isEqualTo(heapBytes);
    }

    private static Operation operation(SplittableRandom random) {
        String path = path(random);
        int version = random.nextInt(3) == 0 ? random.nextInt(3) : -1;
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> new Operation.SetData(ZnodePath.of(path), data(random), version);
            case 3, 4, 5 -> new Operation.Delete(ZnodePath.of(path), version);
            case 6 -> new Operation.Check(ZnodePath.of(path), version);
            default -> create(random, path);
        };
    }

    private static Operation create(SplittableRandom random, String path) {
        CreateMode mode = CreateMode.values()[random.nextInt(4)];
        if (mode.isSequential()) {
            return new Operation.Create(
                    path.equals("/") || random.nextBoolean() ? path : path + "/", data(random), mode, acl(random));
        }
        return new Operation.Create(path.equals("/") ? "/a" : path, data(random), mode, acl(random));
    }

    private static @Nullable List<Acl> acl(SplittableRandom random) {
        return random.nextBoolean() ? null : List.of(new Acl(1 + random.nextInt(Acl.ALL), Identity.ANYONE));
    }

    private static String path(SplittableRandom random) {
        if (random.nextInt(40) == 0) {
            return ZnodeTree.BUILT_IN.get(random.nextInt(4));
        }
        StringBuilder path = new StringBuilder();
        for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
            path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
            if (random.nextInt(8) == 0) { // names that a sequential create may have given
                path.append("000000000").append(random.nextInt(4));
            }
        }
        return path.toString();
    }

    private static byte @Nullable [] data(SplittableRandom random) {
        return random.nextInt(5) == 0 ? null : new byte[random.nextInt(4)];
    }
}
