package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.Arrays;
import java.util.List;

/** I1, I11 and I12: what a read shows, field by field, is the model's tree at the zxid it names. */
public final class Reads implements Checker {
    private final Model model;

    public Reads(Model model) {
        this.model = model;
    }

    @Override
    public void answered(Call call) {
        ServerReply reply = call.reply();
        if (!(call.request() instanceof ClientRequest.ReadRequest) || reply instanceof ServerReply.Synced) {
            return;
        }
        Zxid zxid = reply.zxid();
        if (zxid.isAfter(model.last())) {
            throw new Violation("reads", "%s shows what nobody applied", call);
        }
        boolean right;
        if (call.request() instanceof ClientRequest.GetData get) {
            Model.Node node = model.node(get.path().value(), zxid);
            right = node == null
                    ? isMissing(reply)
                    : reply instanceof ServerReply.Data data
                            && Arrays.equals(data.data(), node.data())
                            && data.stat().equals(node.stat());
        } else if (call.request() instanceof ClientRequest.Exists exists) {
            Model.Node node = model.node(exists.path().value(), zxid);
            right = reply instanceof ServerReply.Existence existence
                    && (node == null ? existence.stat() == null : node.stat().equals(existence.stat()));
        } else {
            right = isListing((ClientRequest.Children) call.request(), reply, zxid);
        }
        if (!right) {
            throw new Violation("reads", "%s is not what the model has: %s", call, describe(call, zxid));
        }
    }

    private boolean isListing(ClientRequest.Children request, ServerReply reply, Zxid zxid) {
        String path = request.path().value();
        Model.Node node = model.node(path, zxid);
        if (node == null) {
            return isMissing(reply);
        }
        List<String> names = model.children(path, zxid);
        String after = request.after();
        if (after != null) {
            names.removeIf(name -> name.compareTo(after) <= 0);
        }
        Integer limit = request.limit();
        boolean more = limit != null && names.size() > limit;
        return reply instanceof ServerReply.ChildNames listing
                && listing.names().equals(more ? names.subList(0, limit) : names)
                && listing.more() == more
                && listing.stat().equals(node.stat());
    }

    private String describe(Call call, Zxid zxid) {
        String path = call.request() instanceof ClientRequest.GetData get
                ? get.path().value()
                : call.request() instanceof ClientRequest.Exists exists
                        ? exists.path().value()
                        : ((ClientRequest.Children) call.request()).path().value();
        return model.node(path, zxid) + " with " + model.children(path, zxid);
    }

    private static boolean isMissing(ServerReply reply) {
        return reply instanceof ServerReply.Refused refused && refused.code() == ErrorCode.NO_NODE;
    }
}
