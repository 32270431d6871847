package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.replica.StateHarness.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.ChildNames;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadsTest {
    private final StateHarness harness = new StateHarness();

    @Test
    void dataComesWithItsStatAndThePositionItWasReadAt() {
        harness.write(create("/a"));
        harness.write(create("/b"));

        ServerReply.Data data = (ServerReply.Data) read(new ClientRequest.GetData(ZnodePath.of("/a"), ReadStamp.NONE));

        assertThat(data.data()).isEqualTo(StateHarness.bytes("x"));
        assertThat(data.stat()).isEqualTo(harness.stat("/a"));
        assertThat(data.zxid()).isEqualTo(harness.zxid);
    }

    @Test
    void aZnodeThatIsNotThereIsARefusalExceptForExists() {
        ZnodePath path = ZnodePath.of("/none");
        Refused expected = Refused.at(harness.state.applied(), ErrorCode.NO_NODE, "/none", "/none does not exist");

        assertThat(read(new ClientRequest.GetData(path, ReadStamp.NONE))).isEqualTo(expected);
        assertThat(read(new ClientRequest.Children(path, null, null, ReadStamp.NONE)))
                .isEqualTo(expected);
        assertThat(harness.stat("/none")).isNull();
    }

    @Test
    void namesComeInOrder() {
        for (String name : List.of("b", "a", "B", "a0", "ä")) {
            harness.write(create("/" + name));
        }

        ChildNames children = children("/", null, null, 1 << 20);

        assertThat(children.names()).containsExactly("B", "a", "a0", "b", "zookeeper", "ä");
        assertThat(children.more()).isFalse();
        assertThat(children.stat()).isEqualTo(harness.stat("/"));
    }

    @Test
    void aZnodeWithoutChildrenHasNoNames() {
        assertThat(children("/zookeeper/quota", null, null, 100).names()).isEmpty();
        assertThat(children("/zookeeper/quota", "a", 5, 100).names()).isEmpty();
    }

    @Test
    void pagesFollowEachOtherWithoutHoleOrDouble() {
        harness.write(create("/p"));
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            all.add(String.format("n%02d", i));
            harness.write(create("/p/" + all.get(i)));
        }

        List<String> paged = new ArrayList<>();
        String after = null;
        ChildNames page;
        do {
            page = children("/p", after, 10, 1 << 20);
            assertThat(page.names()).hasSizeBetween(1, 10);
            paged.addAll(page.names());
            after = paged.get(paged.size() - 1);
        } while (page.more());

        assertThat(paged).isEqualTo(all);
        assertThat(children("/p", "n23x", 10, 1 << 20).names()).containsExactly("n24");
        assertThat(children("/p", "n14", 10, 1 << 20).more()).isFalse();
    }

    @Test
    void aListingThatFitsNoReplyIsRefusedWithoutALimitAndCutWithOne() {
        harness.write(create("/p"));
        for (int i = 0; i < 10; i++) {
            harness.write(create("/p/name" + i)); // 5 bytes, two quotes and a comma
        }

        Refused refused =
                (Refused) read(new ClientRequest.Children(ZnodePath.of("/p"), null, null, ReadStamp.NONE), 79);
        assertThat(refused.code()).isEqualTo(ErrorCode.REPLY_TOO_LARGE);
        assertThat(refused.message())
                .isEqualTo("/p has 10 children, more than fit one reply of 79 bytes: list them with limit and after");

        assertThat(children("/p", null, null, 80).names()).hasSize(10);
        ChildNames cut = children("/p", null, 10, 79);
        assertThat(cut.names()).hasSize(9);
        assertThat(cut.more()).isTrue();
        ChildNames one = children("/p", null, 10, 1);
        assertThat(one.names()).containsExactly("name0");
        assertThat(one.more()).isTrue();
    }

    @Test
    void dataThatDoNotFitOneReplyAreRefusedAsAWholeAndReadInPartsOfOneVersion() {
        harness.write(new Operation.Create("/a", StateHarness.bytes("0123456789"), CreateMode.PERSISTENT, null));
        Zxid written = harness.stat("/a").mzxid();

        Refused refused = (Refused) read(get("/a", null, null, null), 9);
        assertThat(refused.code()).isEqualTo(ErrorCode.REPLY_TOO_LARGE);
        assertThat(refused.message())
                .isEqualTo("/a has 10 bytes, more than fit one reply of 9 bytes: read them in parts, with offset");
        assertThat(part("/a", 0, null, null, 9)).isEqualTo("012345678");
        assertThat(part("/a", 0, 4, null, 9)).isEqualTo("0123");
        assertThat(part("/a", 4, 100, written, 9)).isEqualTo("456789");
        assertThat(part("/a", 10, 1, written, 9)).isEmpty();
        assertThat(((Refused) read(get("/a", 11, null, null), 9)).code()).isEqualTo(ErrorCode.BAD_ARGUMENTS);

        harness.write(StateHarness.set("/a", "other", Operation.ANY_VERSION));

        assertThat(((Refused) read(get("/a", 4, null, written), 9)).code()).isEqualTo(ErrorCode.VALUE_CHANGED);
        assertThat(part("/a", 4, null, null, 9)).isEqualTo("r");
    }

    private static ClientRequest.GetData get(
            String path, @Nullable Integer offset, @Nullable Integer length, @Nullable Zxid mzxid) {
        return new ClientRequest.GetData(ZnodePath.of(path), offset, length, mzxid, ReadStamp.NONE);
    }

    private String part(
            String path, @Nullable Integer offset, @Nullable Integer length, @Nullable Zxid mzxid, int bytesMax) {
        byte[] data = ((ServerReply.Data) read(get(path, offset, length, mzxid), bytesMax)).data();
        return new String(Objects.requireNonNull(data), StandardCharsets.UTF_8);
    }

    @Test
    void aSyncIsNotAnsweredFromTheState() {
        assertThat(harness.state.read(new ClientRequest.Sync(ReadStamp.NONE))).isNull();
    }

    static byte @Nullable [] data(StateHarness harness, String path) {
        ServerReply reply = harness.state.read(new ClientRequest.GetData(ZnodePath.of(path), ReadStamp.NONE));
        return ((ServerReply.Data) Objects.requireNonNull(reply)).data();
    }

    private ChildNames children(String path, @Nullable String after, @Nullable Integer limit, int bytesMax) {
        return (ChildNames)
                read(new ClientRequest.Children(ZnodePath.of(path), after, limit, ReadStamp.NONE), bytesMax);
    }

    private ServerReply read(ClientRequest.ReadRequest request) {
        return Objects.requireNonNull(harness.state.read(request));
    }

    private ServerReply read(ClientRequest.ReadRequest request, int bytesMax) {
        return Objects.requireNonNull(harness.state.read(request, bytesMax));
    }
}
