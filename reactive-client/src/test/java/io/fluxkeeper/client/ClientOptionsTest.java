package io.fluxkeeper.client;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong options are refused by name before anything is sent. */
class ClientOptionsTest {
    static Stream<Arguments> wrong() {
        return Stream.of(
                wrong(b -> FluxkeeperClient.builder(), "addresses: at least one is needed"),
                wrong(b -> b.addresses("a:1"), "addresses: one is there twice"),
                wrong(
                        b -> b.sessionTimeout(Duration.ZERO),
                        "sessionTimeout is longer than zero, and 365 days at most, not PT0S"),
                wrong(b -> b.sessionTimeout(Duration.ofDays(25)), "sessionTimeout is 1 ms to 24 days, not PT600H"),
                wrong(
                        b -> b.connectTimeout(Duration.ZERO),
                        "connectTimeout is longer than zero, and 365 days at most, not PT0S"),
                wrong(
                        b -> b.connectTimeout(Duration.ofDays(366)),
                        "connectTimeout is longer than zero, and 365 days at most, not PT8784H"),
                wrong(
                        b -> b.requestTimeout(Duration.ofSeconds(-1)),
                        "requestTimeout is zero (no bound) to 365 days, not PT-1S"),
                wrong(
                        b -> b.requestTimeout(Duration.ofSeconds(Long.MAX_VALUE)),
                        "requestTimeout is zero (no bound) to 365 days, not PT2562047788015215H30M7S"),
                wrong(
                        b -> b.retryDelay(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                        "retryDelayMax (PT1S) is at least retryDelayMin (PT2S)"),
                wrong(
                        b -> b.keepAlive(Duration.ofSeconds(1), Duration.ofSeconds(1)),
                        "keepAliveTimeout (PT1S) exceeds keepAlive (PT1S)"),
                wrong(b -> b.pendingWritesMax(0), "pendingWritesMax is 1 or more, not 0"),
                wrong(b -> b.pendingReadsMax(0), "pendingReadsMax is 1 or more, not 0"));
    }

    private static Arguments wrong(UnaryOperator<FluxkeeperClientBuilder> change, String sentence) {
        return Arguments.of(change, sentence);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("wrong")
    void aWrongOptionIsRefusedByName(UnaryOperator<FluxkeeperClientBuilder> change, String sentence) {
        FluxkeeperClientBuilder builder =
                change.apply(FluxkeeperClient.builder().addresses("a:1"));
        assertThatThrownBy(builder::connect)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }
}
