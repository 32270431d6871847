package example;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.WatchSpec;
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

    /** The present version and all that follow: nothing that changes between the read and the watch is missed. */
    static Flux<String> versions(FluxkeeperClient client) {
        return client.get("/config")
                .flatMapMany(now -> client.watch(
                                WatchSpec.znode("/config").after(now.zxid()).includingData())
                        .map(event -> text(event.data()))
                        .startWith(text(now.data())));
    }

    private static String text(byte[] data) {
        return data == null ? "" : new String(data, StandardCharsets.UTF_8);
    }
}
