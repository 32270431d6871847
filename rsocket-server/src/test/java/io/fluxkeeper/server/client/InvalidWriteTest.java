package io.fluxkeeper.server.client;

import static io.fluxkeeper.server.client.ApiServer.SOON;
import static io.fluxkeeper.server.client.ApiServer.ask;
import static io.fluxkeeper.server.client.ApiServer.refusal;
import static io.fluxkeeper.server.client.ApiServer.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.server.FluxkeeperServer;
import io.rsocket.RSocket;
import io.rsocket.transport.netty.client.TcpClientTransport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A write that is refused for good keeps its number, or the session could not go on (architecture, decision 2). */
class InvalidWriteTest {
    private static FluxkeeperServer server;
    private static RSocket client;
    private String session;

    @BeforeAll
    static void start() {
        server = FluxkeeperServer.builder().start().block(SOON);
        server.ready().block(SOON);
        client = ApiServer.connector("application/json")
                .connect(TcpClientTransport.create(
                        "127.0.0.1", server.clientAddress().port()))
                .block(SOON);
    }

    @AfterAll
    static void stop() {
        client.dispose();
        server.kill().block(SOON);
    }

    @BeforeEach
    void open() throws Exception {
        String opened = ask(client, "session.open", "{\"timeoutMillis\":10000}");
        session = new ObjectMapper().readTree(opened).get("session").textValue();
    }

    @Test
    void aBadPathIsRefusedUnderItsNumberForEver() {
        String bad = "{\"path\":\"no-slash\"," + stamp(1) + "}";

        Refused refused = refused("znode.create", bad);

        assertThat(refused.code()).isEqualTo(ErrorCode.BAD_ARGUMENTS);
        assertThat(refused.message()).contains("no-slash");
        assertThat(refused.zxid()).isGreaterThan(Zxid.ZERO); // it has its place in the log
        assertThat(ask(client, "znode.create", "{\"path\":\"/bad-path-" + session + "\"," + stamp(2) + "}"))
                .contains("\"path\"");
        assertThat(refused("znode.create", bad)).isEqualTo(refused);
    }

    @Test
    void anUnknownFieldIsRefusedUnderItsNumber() {
        Refused refused = refused("znode.delete", "{\"path\":\"/a\",\"colour\":1," + stamp(1) + "}");

        assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused.message()).isEqualTo("unknown field \"colour\"; allowed are path, stamp, version");
        assertNumberTwoIsNext();
    }

    @Test
    void aWriteThatIsTooLargeIsRefusedUnderItsNumber() {
        Refused refused =
                refused("znode.set", "{\"path\":\"/a\",\"data\":\"" + "A".repeat(1_600_000) + "\"," + stamp(1) + "}");

        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(refused.message()).startsWith("a request has at most 1572864 bytes, not 1600");
        assertThat(refused.zxid()).isGreaterThan(Zxid.ZERO);
        assertNumberTwoIsNext();
    }

    @Test
    void whatNoNumberCanBeReadFromTakesNone() {
        Refused refused = refused("znode.delete", "{\"path\":\"/a\"," + stamp(1));

        assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused("znode.delete", "{\"path\":\"/none\"," + stamp(2) + "}")
                        .message())
                .isEqualTo("cxid 2 came before cxid 1");
    }

    private void assertNumberTwoIsNext() {
        assertThat(refused("znode.delete", "{\"path\":\"/none\"," + stamp(2) + "}")
                        .code())
                .isEqualTo(ErrorCode.NO_NODE);
    }

    private static Refused refused(String route, String json) {
        return refusal(client.requestResponse(request(route, json)));
    }

    private String stamp(int cxid) {
        return "\"stamp\":{\"session\":\"" + session + "\",\"cxid\":\"" + cxid + "\",\"acked\":\"0\"}";
    }
}
