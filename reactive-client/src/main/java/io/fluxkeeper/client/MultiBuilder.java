package io.fluxkeeper.client;

import io.fluxkeeper.client.connection.NullableBytes;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Collects the operations of a multi; each sees what those before it did. For one thread. */
public final class MultiBuilder {
    private final FluxkeeperClient client;
    private final List<Operation> operations = new ArrayList<>();
    private @Nullable IllegalArgumentException wrong;

    MultiBuilder(FluxkeeperClient client) {
        this.client = client;
    }

    public MultiBuilder create(String path, byte @Nullable [] data, CreateMode mode) {
        return add(() -> new Operation.Create(path, NullableBytes.of(data), mode, null));
    }

    /** @param version the expected one, -1 for any */
    public MultiBuilder set(String path, byte @Nullable [] data, int version) {
        return add(() -> new Operation.SetData(ZnodePath.of(path), NullableBytes.of(data), version));
    }

    /** @param version the expected one, -1 for any */
    public MultiBuilder delete(String path, int version) {
        return add(() -> new Operation.Delete(ZnodePath.of(path), version));
    }

    /** Changes nothing; the multi is refused unless the znode exists with that version. @param version -1 for any */
    public MultiBuilder check(String path, int version) {
        return add(() -> new Operation.Check(ZnodePath.of(path), version));
    }

    /** All of them or none; cold. The results come in the order of the operations. */
    public Mono<ServerReply.MultiDone> commit() {
        return wrong != null ? Mono.error(FluxkeeperClient.badArguments(wrong)) : client.multi(operations);
    }

    /** What is wrong with an operation is told by {@link #commit}, as with any other call. */
    private MultiBuilder add(java.util.function.Supplier<Operation> operation) {
        try {
            operations.add(operation.get());
        } catch (IllegalArgumentException refused) {
            wrong = wrong == null ? refused : wrong;
        }
        return this;
    }
}
