package io.fluxkeeper.samples.benchmark;

import io.fluxkeeper.client.FluxkeeperClient;
import io.fluxkeeper.client.NoNodeException;
import io.fluxkeeper.client.NodeExistsException;
import io.fluxkeeper.core.protocol.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The clients of an ensemble, the znodes they work on, and what each slot asks. */
final class ZnodeLoad {
    private static final String ROOT = "/fluxkeeper-benchmark";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Requests at once while filling, far below any bound. */
    private static final int FILLING = 256;

    private static final int READS_OF_TEN = 9;
    private static final long SEED = 42;

    private final Options options;
    private final byte[] value;
    private final String[] paths;
    private final List<FluxkeeperClient> clients = new ArrayList<>();

    ZnodeLoad(Options options) {
        this.options = options;
        value = new byte[options.valueBytes];
        paths = new String[options.keys];
        for (int i = 0; i < paths.length; i++) {
            paths[i] = ROOT + "/key-" + i;
        }
    }

    /** Connects client after client to peer after peer, each to one alone, so that the load is spread evenly. */
    void connect(List<String> addresses) {
        for (int i = 0; i < options.connections; i++) {
            FluxkeeperClient client = FluxkeeperClient.builder()
                    .addresses(addresses.get(i % addresses.size()))
                    .sessionTimeout(Duration.ofSeconds(30))
                    .connect()
                    .block(PATIENCE);
            if (client == null) {
                throw new IllegalStateException("no client");
            }
            clients.add(client);
        }
    }

    /** Creates what is read and written; znodes of an earlier run are taken over. */
    void fill() {
        FluxkeeperClient client = clients.get(0);
        client.create(ROOT, null)
                .onErrorComplete(NodeExistsException.class)
                .thenMany(Flux.fromArray(paths)
                        .flatMap(
                                path -> client.create(path, value)
                                        .then()
                                        .onErrorResume(
                                                NodeExistsException.class,
                                                there -> client.set(path, value).then()),
                                FILLING))
                .then()
                .block(PATIENCE);
    }

    /** Removes it again. */
    void clear() {
        FluxkeeperClient client = clients.get(0);
        client.children(ROOT)
                .flatMapIterable(reply -> reply.names())
                .map(name -> ROOT + "/" + name)
                .flatMap(path -> client.delete(path).then().onErrorComplete(NoNodeException.class), FILLING)
                .then(client.delete(ROOT))
                .block(PATIENCE);
    }

    /** A load over all connections; not started. */
    Load load() {
        Load load = new Load();
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < clients.size(); i++) {
            List<Operations> operations = new ArrayList<>();
            for (int j = 0; j < options.slotsOf(i); j++) {
                operations.add(operations(clients.get(i), ROOT + "/slot-" + i + "-" + j, random.split()));
            }
            load.connection(operations);
        }
        return load;
    }

    private Operations operations(FluxkeeperClient client, String own, SplittableRandom random) {
        return switch (options.workload) {
            case GET -> () -> client.get(key(random));
            case SET -> () -> client.set(key(random), value, Operation.ANY_VERSION);
            case MIXED ->
                () -> random.nextInt(10) < READS_OF_TEN
                        ? client.get(key(random))
                        : client.set(key(random), value, Operation.ANY_VERSION);
            case CREATE -> new CreateAndDelete(client, own, value);
            case ECHO -> throw new IllegalArgumentException("an echo has no znodes");
        };
    }

    private String key(SplittableRandom random) {
        return paths[random.nextInt(paths.length)];
    }

    void close() {
        Mono.when(clients.stream().map(FluxkeeperClient::close).toList()).block(PATIENCE);
    }

    /** In turn. */
    private static final class CreateAndDelete implements Operations {
        private final FluxkeeperClient client;
        private final String path;
        private final byte[] value;
        private boolean exists;

        CreateAndDelete(FluxkeeperClient client, String path, byte[] value) {
            this.client = client;
            this.path = path;
            this.value = value;
        }

        @Override
        public Mono<?> next() {
            exists = !exists;
            return exists ? client.create(path, value) : client.delete(path);
        }
    }
}
