package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.call;
import static io.fluxkeeper.client.Scene.data;
import static io.fluxkeeper.client.Scene.dataSet;
import static io.fluxkeeper.client.Scene.get;
import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.refused;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.protocol.ClientRequest.Children;
import io.fluxkeeper.core.protocol.ClientRequest.CloseSession;
import io.fluxkeeper.core.protocol.ClientRequest.GetData;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ClientRequest.SetData;
import io.fluxkeeper.core.protocol.ClientRequest.Watch;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.Disposable;

/** What the client takes from its process: buffers it gives back, threads it does not stop. */
class ResourcesTest {
    private final Scene scene = new Scene(2);
    private final TestServer server = scene.server;
    private final TestServer other = scene.servers.get(1);

    @AfterEach
    void close() {
        scene.close();
    }

    /** Needs {@code -Dio.netty.leakDetection.level=paranoid}, as the build sets it. */
    @Test
    void everyBufferIsGivenBackWhetherAnsweredRefusedCutOffOrCancelled() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        List<String> leaks = new CopyOnWriteArrayList<>();
        ByteBufUtil.setLeakListener((type, records) -> leaks.add(type + records));
        FluxkeeperClient client = scene.connect();
        for (int i = 0; i < 20; i++) {
            CompletableFuture<?> write = call(client.set("/a", new byte[100]));
            server.expect(SetData.class).reply(dataSet(2));
            get(write);
            CompletableFuture<?> refused = call(client.get("/a"));
            server.expect(GetData.class).refuse(refused(ErrorCode.NO_NODE, 2));
            assertThatThrownBy(() -> get(refused)).isInstanceOf(NoNodeException.class);
            Disposable cancelled = client.get("/a").subscribe();
            TestServer.Received<GetData> unwanted = server.expect(GetData.class);
            cancelled.dispose();
            unwanted.reply(data(2));
            Disposable listing = client.childNames(ChildrenSpec.of("/a")).subscribe();
            TestServer.Received<Children> unanswered = server.expect(Children.class);
            listing.dispose();
            unanswered.awaitCancelled();
        }
        client.watch("/a").subscribe();
        server.expect(Watch.class).send(new WatchItem.Started(zxid(2)));
        call(client.set("/cut", null));
        server.expect(SetData.class);
        server.stop();
        other.expect(OpenSession.class).reply(opened(zxid(9), 20, 10));
        other.expect(SetData.class).reply(dataSet(10));
        other.expect(Watch.class);
        client.close().subscribe();
        other.expect(CloseSession.class).reply(new ServerReply.SessionClosed(zxid(11)));
        client.sessionStates().blockLast();

        assertThat(leaksAfterCollecting(leaks)).isEmpty();
    }

    /** A leak shows when the next buffer is taken after the garbage collector has seen it. */
    private static List<String> leaksAfterCollecting(List<String> leaks) {
        for (int i = 0; i < 3; i++) {
            System.gc();
            for (int j = 0; j < 50; j++) {
                ByteBuf buffer = ByteBufAllocator.DEFAULT.buffer();
                buffer.release();
            }
        }
        return leaks;
    }

    @Test
    void whoeverBlocksTheClientsLoopIsCaughtInTests() {
        FluxkeeperClient client = scene.connect();
        CompletableFuture<?> blocking = call(client.get("/a").map(answer -> {
            try {
                Thread.sleep(1);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            return answer;
        }));
        server.expect(GetData.class).reply(data(2));
        assertThatThrownBy(() -> get(blocking)).hasRootCauseInstanceOf(BlockingOperationError.class);
    }
}
