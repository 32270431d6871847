package io.fluxkeeper.client;

import static io.fluxkeeper.client.Scene.opened;
import static io.fluxkeeper.client.Scene.stat;
import static io.fluxkeeper.client.Scene.zxid;
import static org.assertj.core.api.Assertions.assertThat;

import example.Configuration;
import io.fluxkeeper.core.protocol.ClientRequest.CloseSession;
import io.fluxkeeper.core.protocol.ClientRequest.Observe;
import io.fluxkeeper.core.protocol.ClientRequest.OpenSession;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.ZnodePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The module's README tells the truth. */
class ReadmeTest {
    private static final Path MODULE =
            Files.exists(Path.of("reactive-client")) ? Path.of("reactive-client") : Path.of("");

    @Test
    void showsTheSampleAsItIsCompiledHere() throws IOException {
        String sample = Files.readString(MODULE.resolve("src/test/java/example/Configuration.java"));
        assertThat(Files.readString(MODULE.resolve("README.md"))).contains("```java\n" + sample + "```\n");
    }

    @Test
    void theSampleDoesWhatItSays() {
        try (TestServer server = TestServer.start()) {
            CompletableFuture<Void> sample =
                    CompletableFuture.runAsync(() -> Configuration.main(new String[] {server.address()}));
            server.expect(OpenSession.class).reply(opened(zxid(1), 0, 10));
            TestServer.Received<Observe> observe = server.expect(Observe.class);
            assertThat(observe.request.depth()).isZero();
            observe.send(new WatchItem.Reset(zxid(4)));
            observe.send(new WatchItem.Present(zxid(4), ZnodePath.of("/config"), stat(2), bytes("one")));
            observe.send(new WatchItem.Exact(zxid(4)));
            observe.send(new WatchItem.Changed(
                    zxid(5), 0, true, EventType.DATA_CHANGED, ZnodePath.of("/config"), stat(5), bytes("two")));
            observe.refuse(Scene.refused(ErrorCode.NO_AUTH, 6)); // ends it
            server.expect(CloseSession.class).reply(new ServerReply.SessionClosed(zxid(7)));
            assertThat(sample).failsWithin(java.time.Duration.ofSeconds(10));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
