package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** I10: the numbers of sequential names below one parent ascend with their zxids. */
public final class SequentialNames implements Checker {
    private static final int DIGITS = 10;

    private final Map<String, TreeMap<Zxid, Long>> numbers = new HashMap<>();
    private final Model model;

    public SequentialNames(Model model) {
        this.model = model;
    }

    @Override
    public void answered(Call call) {
        if (!(call.request() instanceof ClientRequest.Create create)
                || !create.mode().isSequential()
                || !(call.reply() instanceof ServerReply.Created created)) {
            return;
        }
        String path = created.path().value();
        long number = Long.parseLong(path.substring(path.length() - DIGITS));
        String parent = path.substring(0, path.lastIndexOf('/'));
        Model.Node znode = model.node(parent, created.zxid()); // one that was deleted and made anew counts from 0
        String key = parent + " " + (znode == null ? null : znode.stat().czxid());
        TreeMap<Zxid, Long> siblings = numbers.computeIfAbsent(key, p -> new TreeMap<>());
        Map.Entry<Zxid, Long> lower = siblings.lowerEntry(created.zxid());
        Map.Entry<Zxid, Long> higher = siblings.higherEntry(created.zxid());
        siblings.put(created.zxid(), number);
        if (lower != null && lower.getValue() >= number || higher != null && higher.getValue() <= number) {
            throw new Violation("sequential names", "%s between %s and %s", call, lower, higher);
        }
    }
}
