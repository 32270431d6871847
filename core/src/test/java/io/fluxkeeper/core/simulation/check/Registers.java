package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * I1 once more, without any zxid: for each key there is an order of what was done to it, within the times at which it
 * was done, that a register explains. Writes, reads behind a sync and reads that asked for it; a write without an answer may have happened at
 * any time after it was sent, or never.
 */
public final class Registers implements Checker {
    private final String prefix;
    private final TreeMap<String, List<Call>> calls = new TreeMap<>();
    private int undecided;

    /** @param prefix with which the paths of the registers begin; no multi may touch them */
    public Registers(String prefix) {
        this.prefix = prefix;
    }

    /** Keys for which the search was given up. */
    public int undecided() {
        return undecided;
    }

    @Override
    public void invoked(Call call) {
        String path = pathOf(call);
        if (path != null && path.startsWith(prefix)) {
            calls.computeIfAbsent(path, p -> new ArrayList<>()).add(call);
        }
    }

    @Override
    public void ended() {
        calls.forEach((path, ofKey) -> {
            List<LinearizationSearch.Step> steps = new ArrayList<>();
            for (Call call : ofKey) {
                LinearizationSearch.Step step = step(call);
                if (step != null) {
                    steps.add(step);
                }
            }
            LinearizationSearch search = new LinearizationSearch(steps);
            if (!search.run()) {
                throw new Violation("registers", "nothing explains what was done to %s: %s", path, ofKey);
            }
            undecided += search.isUndecided() ? 1 : 0;
        });
    }

    private static @Nullable String pathOf(Call call) {
        ClientRequest request = call.request();
        if (request instanceof ClientRequest.Create create) {
            return create.path();
        } else if (request instanceof ClientRequest.SetData set) {
            return set.path().value();
        } else if (request instanceof ClientRequest.Delete delete) {
            return delete.path().value();
        }
        return request instanceof ClientRequest.GetData get && call.isLinearizable()
                ? get.path().value()
                : null;
    }

    private static LinearizationSearch.@Nullable Step step(Call call) {
        ServerReply reply = call.reply();
        ErrorCode refusal = reply instanceof ServerReply.Refused refused ? refused.code() : null;
        ClientRequest request = call.request();
        if (refusal == ErrorCode.TREE_FULL) {
            return null; // it did nothing, whatever was there
        }
        long end = reply == null ? Long.MAX_VALUE : call.answeredAt();
        if (request instanceof ClientRequest.GetData) {
            if (reply == null) {
                return null; // it tells nothing
            }
            ServerReply.Data data = reply instanceof ServerReply.Data found ? found : null;
            Register shown =
                    data == null ? Register.ABSENT : new Register(data.stat().version(), value(data.data()));
            return new LinearizationSearch.Step(call.invokedAt(), end, s -> s.equals(shown) ? s : null);
        }
        return new LinearizationSearch.Step(call.invokedAt(), end, state -> {
            ErrorCode expected = state.refusalOf(request);
            if (reply != null && expected != refusal) {
                return null;
            }
            return expected == null ? state.after(request) : state;
        });
    }

    /** What a znode is to this checker. @param version -1 when it is not there */
    record Register(int version, long value) {
        static final Register ABSENT = new Register(-1, 0);

        @Nullable ErrorCode refusalOf(ClientRequest request) {
            boolean create = request instanceof ClientRequest.Create;
            if (create || version < 0) {
                return create ? (version >= 0 ? ErrorCode.NODE_EXISTS : null) : ErrorCode.NO_NODE;
            }
            int expected = request instanceof ClientRequest.SetData set
                    ? set.version()
                    : ((ClientRequest.Delete) request).version();
            return expected >= 0 && expected != version ? ErrorCode.BAD_VERSION : null;
        }

        Register after(ClientRequest request) {
            if (request instanceof ClientRequest.Create create) {
                return new Register(0, Registers.value(create.data()));
            }
            return request instanceof ClientRequest.SetData set
                    ? new Register(version + 1, Registers.value(set.data()))
                    : ABSENT;
        }
    }

    private static long value(byte @Nullable [] data) {
        return data == null || data.length < 8 ? 0 : ByteBuffer.wrap(data).getLong();
    }
}
