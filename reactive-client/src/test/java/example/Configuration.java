package example;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.ObserveSpec;
import io.fluxkeeper.client.TreeEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads a configuration znode, then every version of it that comes after. */
public final class Configuration {
    private Configuration() {}

    public static void main(String[] addresses) {
        Mono<FluxkeeperClient> connecting = FluxkeeperClient.builder()
                .addresses(addresses) // "10.0.0.1:7400", "10.0.0.2:7400", "10.0.0.3:7400"
                .sessionTimeout(Duration.ofSeconds(10))
                .connect();
        Flux.usingWhen(connecting, Configuration::versions, FluxkeeperClient::close)
                .doOnNext(System.out::println)
                .blockLast();
    }

    /** The present version and all that follow, once each and in order; "" where there is none. */
    static Flux<String> versions(FluxkeeperClient client) {
        return client.observe(ObserveSpec.znode("/config").includingData()).mapNotNull(event -> {
            if (event instanceof TreeEvent.Present present) {
                return text(present.data());
            }
            return event instanceof TreeEvent.Changed changed ? text(changed.data()) : null;
        });
    }

    private static String text(byte[] data) {
        return data == null ? "" : new String(data, StandardCharsets.UTF_8);
    }
}
