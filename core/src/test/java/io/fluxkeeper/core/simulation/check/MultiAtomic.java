package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** I11: two znodes that are only ever set together have the same data at the same zxid. */
public final class MultiAtomic implements Checker {
    private final Map<Zxid, String> seen = new HashMap<>();
    private final String prefix;

    /** @param prefix with which the paths of the two begin */
    public MultiAtomic(String prefix) {
        this.prefix = prefix;
    }

    @Override
    public void answered(Call call) {
        if (call.request() instanceof ClientRequest.GetData get
                && get.path().value().startsWith(prefix)) {
            String data = call.reply() instanceof ServerReply.Data found ? Arrays.toString(found.data()) : "missing";
            String first = seen.putIfAbsent(call.reply().zxid(), data);
            if (first != null && !first.equals(data)) {
                throw new Violation("multi atomic", "%s, and %s was seen at the same zxid", call, first);
            }
        }
    }
}
