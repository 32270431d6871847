package io.fluxkeeper.server.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/limits.md} names every limit with its default. */
class LimitsDocumentTest {
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (\\w[\\w./]*) \\| .*");

    @Test
    void theTableHasEveryLimitWithItsDefaultAndNoOther() throws Exception {
        Map<String, String> documented = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("docs/limits.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                documented.put(row.group(1), row.group(2));
            }
        }
        Map<String, String> defaults = new LinkedHashMap<>();
        for (RecordComponent limit : ClientLimits.class.getRecordComponents()) {
            defaults.put(
                    limit.getName(),
                    limit.getAccessor().invoke(ClientLimits.DEFAULT).toString());
        }
        long shareOfTheHeap = Math.max(4 << 20, Runtime.getRuntime().maxMemory() / 32);
        assertThat(defaults.put("unansweredBytesMax", "heap/32")).isEqualTo(String.valueOf(shareOfTheHeap));
        assertThat(documented).isEqualTo(defaults);
    }

    @Test
    void anImpossibleLimitIsRefusedByName() {
        assertThatThrownBy(() -> limits(100, Duration.ofSeconds(5), 1, 1))
                .hasMessage("requestBytesMax is 1024..4194304, not 100");
        assertThatThrownBy(() -> limits(2_000, Duration.ZERO, 1, 1)).hasMessage("setupTimeout is above 0, not PT0S");
        assertThatThrownBy(() -> limits(2_000, Duration.ofSeconds(5), 2, 1))
                .hasMessage("unsentBytesMax is 2..2147483647, not 1");
        assertThatThrownBy(() -> keepAlive(2, 1, 3))
                .hasMessage("keepAliveIntervalMax (PT1S) is not below keepAliveIntervalMin (PT2S)");
        assertThatThrownBy(() -> keepAlive(2, 2, 1))
                .hasMessage("keepAliveLifetimeMax (PT1S) is not below keepAliveIntervalMin (PT2S)");
    }

    private static ClientLimits keepAlive(int intervalMin, int intervalMax, int lifetimeMax) {
        return new ClientLimits(
                2_000,
                0,
                0,
                1,
                Duration.ofSeconds(5),
                1,
                1,
                1,
                Duration.ofSeconds(intervalMin),
                Duration.ofSeconds(intervalMax),
                Duration.ofSeconds(lifetimeMax),
                1,
                1,
                1);
    }

    private static ClientLimits limits(int requestBytes, Duration setup, int high, int max) {
        Duration second = Duration.ofSeconds(1);
        return new ClientLimits(requestBytes, 0, 0, 1, setup, 1, 1, 1, second, second, second, 1, high, max);
    }
}
