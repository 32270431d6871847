package io.fluxkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.client.BadRequestException;
import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.Freshness;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.server.config.ConfigKey;
import io.fluxkeeper.server.config.HostPort;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A value near the configured limit, written in one request and read where it does not fit one reply. */
class LargeValueTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @Test
    void aValueLongerThanAnyReplyIsReadAtAnotherPeerThanItWasWrittenAt() {
        byte[] value = new byte[1_900 << 10];
        new Random(5).nextBytes(value);
        EmbeddedEnsemble ensemble = EmbeddedEnsemble.start(
                        3, builder -> builder.set(ConfigKey.REQUEST_BYTES_MAX, "1920KiB"))
                .block(SOON);
        try {
            ensemble.ready().block(SOON);
            FluxkeeperClient writer = connect(ensemble.addresses().get(0));
            FluxkeeperClient reader = connect(ensemble.addresses().get(1));
            writer.create("/large", value).block(SOON);

            Freshness fresh = Freshness.atLeast(writer.lastSeen());
            assertThat(reader.get("/large", fresh).block(SOON).data()).isEqualTo(value);
            assertThat(reader.getInParts("/large", 1 << 20, fresh).collectList().block(SOON))
                    .hasSize(2)
                    .allSatisfy(part -> assertThat(part.stat().dataLength()).isEqualTo(value.length));
            assertThatThrownBy(() -> writer.set("/large", new byte[1_920 << 10]).block(SOON))
                    .isInstanceOfSatisfying(
                            BadRequestException.class,
                            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE));
            writer.close().block(SOON);
            reader.close().block(SOON);
        } finally {
            ensemble.close().block(SOON);
        }
    }

    private static FluxkeeperClient connect(HostPort address) {
        return FluxkeeperClient.builder()
                .addresses(address.toString())
                .requestTimeout(SOON)
                .connect()
                .block(SOON);
    }
}
