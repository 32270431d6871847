package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.check;
import static io.fluxkeeper.core.replica.StateHarness.create;
import static io.fluxkeeper.core.replica.StateHarness.delete;
import static io.fluxkeeper.core.replica.StateHarness.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.store.StateTable;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodeTree;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the tree refuses, in which order it looks, and in which words it says so. */
class TreeRefusalsTest {
    private final StateHarness harness = new StateHarness();

    /** The first transaction brings rows with it; the digests compared below come after it. */
    @BeforeEach
    void beginTheState() {
        harness.write(check("/", -1));
    }

    @Test
    void aCreateNeedsAParent() {
        assertRefused(create("/a/b"), ErrorCode.NO_NODE, "/a/b", "/a/b has no parent: /a does not exist");
    }

    @Test
    void aCreateNeedsAFreeName() {
        harness.write(create("/a"));

        assertRefused(create("/a"), ErrorCode.NODE_EXISTS, "/a", "/a exists already");
    }

    @Test
    void anEphemeralHasNoChildren() {
        SessionId session = harness.open();
        harness.write(session, 1, 0, create("/e", CreateMode.EPHEMERAL));

        assertRefused(
                create("/e/c"),
                ErrorCode.NO_CHILDREN_FOR_EPHEMERALS,
                "/e/c",
                "/e/c cannot be created: /e is ephemeral and has no children");
    }

    @Test
    void anExpectedVersionIsTheOneThereIs() {
        harness.write(create("/a"));
        harness.write(set("/a", "x", 0));
        String message = "/a has version 1, expected 2";

        for (Operation operation : new Operation[] {set("/a", "y", 2), delete("/a", 2), check("/a", 2)}) {
            Refused refused = assertRefused(operation, ErrorCode.BAD_VERSION, "/a", message);
            assertThat(refused.expected()).isEqualTo(2);
            assertThat(refused.actual()).isEqualTo(1);
            assertThat(refused.zxid()).isEqualTo(harness.zxid);
        }
    }

    @Test
    void whatIsNotThereIsNeitherSetNorDeletedNorChecked() {
        for (Operation operation : new Operation[] {set("/a", "y", 2), delete("/a", 2), check("/a", 2)}) {
            assertRefused(operation, ErrorCode.NO_NODE, "/a", "/a does not exist");
        }
    }

    @Test
    void aDeleteLooksAtTheVersionBeforeTheChildren() {
        harness.write(create("/a"));
        harness.write(create("/a/b"));

        assertRefused(delete("/a", 3), ErrorCode.BAD_VERSION, "/a", "/a has version 0, expected 3");
        assertRefused(delete("/a", 0), ErrorCode.NOT_EMPTY, "/a", "/a cannot be deleted: it has 1 child");
        harness.write(create("/a/c"));
        assertRefused(delete("/a", 0), ErrorCode.NOT_EMPTY, "/a", "/a cannot be deleted: it has 2 children");
    }

    @Test
    void theBuiltInZnodesAreNeverDeleted() {
        for (String path : ZnodeTree.BUILT_IN) {
            assertRefused(
                    delete(path, 99), ErrorCode.BAD_ARGUMENTS, path, path + " is there for ever and cannot be deleted");
        }
        assertThat(harness.state.znodeCount()).isEqualTo(4);
    }

    @Test
    void aRefusedMultiSaysWhichOperationAndLeavesNothingBehind() {
        harness.write(create("/a"));
        harness.write(create("/s-", CreateMode.PERSISTENT_SEQUENTIAL));
        var before = harness.table(StateTable.ZNODES).clone();
        long digest = harness.state.digest();

        Applied applied = harness.multi(set("/a", "new", 0), create("/b"), delete("/a", 7), create("/c"));

        Refused refused = (Refused) applied.reply();
        assertThat(refused.failedOperation()).isEqualTo(2);
        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_VERSION);
        assertThat(refused.message()).isEqualTo("/a has version 1, expected 7");
        assertThat(applied.changes()).isEmpty();
        assertThat(applied.stateChanges()).isEmpty();
        assertThat(harness.table(StateTable.ZNODES)).isEqualTo(before);
        assertThat(harness.state.digest()).isEqualTo(digest);
        assertThat(harness.stat("/b")).isNull();
    }

    private Refused assertRefused(Operation operation, ErrorCode code, String path, String message) {
        long digest = harness.state.digest();
        Refused refused = (Refused) harness.write(operation);
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.path()).isEqualTo(path);
        assertThat(refused.message()).isEqualTo(message);
        assertThat(refused.failedOperation()).isNull();
        assertThat(harness.state.digest()).isEqualTo(digest);
        return refused;
    }
}
