package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.check;
import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.delete;
import static io.fluxkeeper.core.replica.StateHarness.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What each operation does to the Stat of the znode and of its parent, as in ZooKeeper. */
class StatRulesTest {
    private final StateHarness harness = new StateHarness();

    @Test
    void theTreeBeginsAsZooKeepersDoes() {
        Stat root = stat("/");
        assertThat(root).isEqualTo(new Stat(Zxid.ZERO, Zxid.ZERO, 0, 0, 0, -1, 0, SessionId.NONE, 0, 1, Zxid.ZERO));
        assertThat(stat("/zookeeper").numChildren()).isEqualTo(2);
        assertThat(stat("/zookeeper").cversion()).isEqualTo(-2);
        assertThat(stat("/zookeeper/quota").numChildren()).isZero();
        assertThat(stat("/zookeeper/config").dataLength()).isZero();
        assertThat(harness.state.znodeCount()).isEqualTo(4);
    }

    @Test
    void aNewZnodeHasVersionZeroAndThePzxidOfItsCreation() {
        harness.timeMillis = 7_000;

        ServerReply reply = harness.write(create("/a"));

        Stat expected = new Stat(harness.zxid, harness.zxid, 7_000, 7_000, 0, 0, 0, SessionId.NONE, 1, 0, harness.zxid);
        assertThat(reply).isEqualTo(new ServerReply.Created(harness.zxid, ZnodePath.of("/a"), expected));
        assertThat(stat("/a")).isEqualTo(expected);
    }

    @Test
    void anEphemeralNamesItsSession() {
        SessionId session = harness.open();

        harness.write(session, 1, 0, create("/e", CreateMode.EPHEMERAL));

        assertThat(stat("/e").ephemeralOwner()).isEqualTo(session);
    }

    @Test
    void settingDataChangesVersionMzxidMtimeAndLengthAlone() {
        harness.write(create("/a"));
        Stat before = stat("/a");
        Stat parentBefore = stat("/");
        harness.timeMillis = 9_000;

        ServerReply reply = harness.write(set("/a", "hello", 0));

        Stat after = stat("/a");
        assertThat(reply).isEqualTo(new ServerReply.DataSet(harness.zxid, after));
        assertThat(after)
                .isEqualTo(new Stat(
                        before.czxid(),
                        harness.zxid,
                        before.ctime(),
                        9_000,
                        1,
                        0,
                        0,
                        SessionId.NONE,
                        5,
                        0,
                        before.pzxid()));
        assertThat(stat("/")).isEqualTo(parentBefore);
    }

    @Test
    void aChildChangesItsParentsCversionAndPzxidAndNeitherMzxidNorMtime() {
        harness.write(create("/p"));
        Stat before = stat("/p");
        harness.timeMillis = 9_000;

        harness.write(create("/p/c"));

        Stat created = stat("/p");
        assertThat(created.cversion()).isEqualTo(1);
        assertThat(created.numChildren()).isEqualTo(1);
        assertThat(created.pzxid()).isEqualTo(harness.zxid);
        assertThat(created.mzxid()).isEqualTo(before.mzxid());
        assertThat(created.mtime()).isEqualTo(before.mtime());
        assertThat(created.version()).isZero();

        harness.write(delete("/p/c", -1));

        Stat deleted = stat("/p");
        assertThat(deleted.cversion()).isEqualTo(2);
        assertThat(deleted.numChildren()).isZero();
        assertThat(deleted.pzxid()).isEqualTo(harness.zxid);
        assertThat(deleted.mtime()).isEqualTo(before.mtime());
    }

    @Test
    void aGrandchildDoesNotChangeTheStat() {
        harness.write(create("/p"));
        harness.write(create("/p/c"));
        Stat before = stat("/p");

        harness.write(create("/p/c/g"));

        assertThat(stat("/p")).isEqualTo(before);
    }

    @Test
    void nullAndEmptyDataBothHaveLengthZeroAndDiffer() {
        harness.write(new Operation.Create("/null", null, CreateMode.PERSISTENT, null));
        harness.write(new Operation.Create("/empty", new byte[0], CreateMode.PERSISTENT, null));

        assertThat(stat("/null").dataLength()).isZero();
        assertThat(stat("/empty").dataLength()).isZero();
        assertThat(ReadsTest.data(harness, "/null")).isNull();
        assertThat(ReadsTest.data(harness, "/empty")).isEmpty();
    }

    @Test
    void aSequentialNameEndsWithTheNumberOfCreatesUnderItsParent() {
        assertThat(sequential("/s-")).isEqualTo("/s-0000000000");
        assertThat(sequential("/s-")).isEqualTo("/s-0000000001");
        harness.write(create("/plain")); // counts, though it is not sequential
        assertThat(sequential("/s-")).isEqualTo("/s-0000000003");
        harness.write(delete("/s-0000000003", -1)); // does not count
        harness.write(delete("/plain", -1));
        assertThat(sequential("/other-")).isEqualTo("/other-0000000004");
        harness.write(create("/plain"));
        harness.write(create("/plain")); // refused: does not count
        assertThat(sequential("/s-")).isEqualTo("/s-0000000006");
    }

    @Test
    void aSequentialNameMayBeTheNumberAlone() {
        harness.write(create("/p"));

        assertThat(sequential("/p/")).isEqualTo("/p/0000000000");
        assertThat(sequential("/")).isEqualTo("/0000000001");
    }

    @Test
    void numbersGoOnWithinAMulti() {
        ServerReply.MultiDone done = (ServerReply.MultiDone) harness.multi(
                        create("/s-", CreateMode.PERSISTENT_SEQUENTIAL),
                        create("/s-", CreateMode.PERSISTENT_SEQUENTIAL),
                        delete("/s-0000000000", -1),
                        create("/s-", CreateMode.PERSISTENT_SEQUENTIAL))
                .reply();

        assertThat(done.results())
                .filteredOn(OperationResult.Created.class::isInstance)
                .extracting(result -> ((OperationResult.Created) result).path().value())
                .containsExactly("/s-0000000000", "/s-0000000001", "/s-0000000002");
    }

    @Test
    void allOfAMultiHasOneZxidAndEachOperationSeesThoseBeforeIt() {
        Applied applied = harness.multi(
                create("/m"),
                set("/m", "two", 0),
                check("/m", 1),
                create("/m/c"),
                delete("/m/c", 0),
                set("/m", "x", 1));

        assertThat(applied.reply()).isInstanceOf(ServerReply.MultiDone.class);
        assertThat(applied.changes())
                .hasSize(5)
                .allSatisfy(change -> assertThat(change.zxid()).isEqualTo(harness.zxid));
        Stat stat = stat("/m");
        assertThat(stat.czxid()).isEqualTo(harness.zxid);
        assertThat(stat.version()).isEqualTo(2);
        assertThat(stat.cversion()).isEqualTo(2);
        assertThat(harness.stat("/m/c")).isNull();
    }

    @Test
    void aZnodeDeletedAndCreatedInOneMultiIsANewOne() {
        harness.write(create("/a"));
        harness.write(set("/a", "x", -1));

        harness.multi(delete("/a", 1), create("/a"));

        assertThat(stat("/a").version()).isZero();
        assertThat(stat("/a").czxid()).isEqualTo(harness.zxid);
    }

    private String sequential(String path) {
        return ((ServerReply.Created) harness.write(create(path, CreateMode.PERSISTENT_SEQUENTIAL)))
                .path()
                .value();
    }

    private Stat stat(String path) {
        return Objects.requireNonNull(harness.stat(path), path);
    }
}
