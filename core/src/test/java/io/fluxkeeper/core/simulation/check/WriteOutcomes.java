package io.fluxkeeper.core.simulation.check;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.OperationResult;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.znode.Stat;
import java.util.Arrays;
import java.util.List;

/**
 * I1 and I3: what a client was told of a write is what the model makes of it at that zxid; the write is in the
 * committed log, it is the one the client sent, and its number was used once.
 */
public final class WriteOutcomes implements Checker {
    private final Model model;

    public WriteOutcomes(Model model) {
        this.model = model;
    }

    @Override
    public void answered(Call call) {
        ServerReply reply = call.reply();
        if (call.request() instanceof ClientRequest.OpenSession open) {
            opened(call, open, reply);
        } else if (call.request() instanceof ClientRequest.WriteRequest write) {
            written(call, write, reply);
        }
    }

    private void opened(Call call, ClientRequest.OpenSession open, ServerReply reply) {
        if (!(reply instanceof ServerReply.SessionOpened opened)) {
            return;
        }
        Model.Executed executed = committed(call, opened.zxid());
        SessionId session = opened.session();
        boolean asked = open.session() == null || open.session().equals(session);
        if (!executed.opened() || !session.equals(executed.session()) || !asked) {
            throw new Violation("write outcomes", "%s: the model says %s", call, executed);
        }
        Zxid lastPlace = opened.lastCxid() == 0 ? opened.zxid() : model.placeOf(session, opened.lastCxid());
        Zxid nextPlace = model.placeOf(session, opened.lastCxid() + 1);
        if (lastPlace == null
                || lastPlace.isAfter(opened.zxid())
                || nextPlace != null && opened.zxid().isAfter(nextPlace)) {
            throw new Violation(
                    "exactly once",
                    "%s: write %s is at %s, the next at %s",
                    call,
                    opened.lastCxid(),
                    lastPlace,
                    nextPlace);
        }
    }

    private void written(Call call, ClientRequest.WriteRequest write, ServerReply reply) {
        Model.Executed executed = committed(call, reply.zxid());
        WriteStamp stamp = write.stamp();
        WriteStamp logged = executed.transaction().body().stamp();
        boolean same = stamp == null
                ? logged == null
                : logged != null && logged.session().equals(stamp.session()) && logged.cxid() == stamp.cxid();
        if (!same || !executed.took()) {
            throw new Violation("exactly once", "%s: %s holds %s", call, reply.zxid(), executed);
        }
        if (write instanceof ClientRequest.CloseSession) {
            check(call, executed.ended() && reply instanceof ServerReply.SessionClosed, executed);
            return;
        }
        if (executed.transaction().body() instanceof io.fluxkeeper.core.replica.Transaction.RefusedWrite refused) {
            check(call, reply instanceof ServerReply.Refused told && told.code() == refused.code(), executed);
            return;
        }
        List<Operation> operations = operationsOf(write);
        check(call, describe(operations).equals(describe(Model.operationsOf(executed))), executed);
        if (reply instanceof ServerReply.Refused refused) {
            check(call, refused.code() == executed.refusal(), executed);
        } else {
            check(call, executed.refusal() == null && isResult(operations, reply, executed), executed);
        }
    }

    private Model.Executed committed(Call call, Zxid zxid) {
        Model.Executed executed = model.at(zxid);
        if (executed == null) {
            throw new Violation("acknowledged is committed", "%s: nobody applied %s", call, zxid);
        }
        return executed;
    }

    private static void check(Call call, boolean holds, Model.Executed executed) {
        if (!holds) {
            throw new Violation("write outcomes", "%s: the model says %s", call, executed);
        }
    }

    private boolean isResult(List<Operation> operations, ServerReply reply, Model.Executed executed) {
        if (reply instanceof ServerReply.Created created) {
            return isCreated(created.path().value(), created.stat(), executed, 0);
        } else if (reply instanceof ServerReply.DataSet set) {
            Model.Event event = executed.events().get(0);
            return event.node() != null && event.node().stat().equals(set.stat());
        } else if (reply instanceof ServerReply.Deleted) {
            return operations.get(0) instanceof Operation.Delete
                    && executed.events().size() == 1;
        } else if (reply instanceof ServerReply.MultiDone done) {
            return areResults(operations, done.results(), executed);
        }
        return false;
    }

    private boolean areResults(List<Operation> operations, List<OperationResult> results, Model.Executed executed) {
        int events = 0;
        for (int i = 0; i < operations.size(); i++) {
            OperationResult result = results.get(i);
            boolean fits;
            if (operations.get(i) instanceof Operation.Create) {
                fits = result instanceof OperationResult.Created created
                        && isCreated(created.path().value(), created.stat(), executed, events);
            } else if (operations.get(i) instanceof Operation.SetData) {
                fits = result instanceof OperationResult.DataSet;
            } else if (operations.get(i) instanceof Operation.Delete) {
                fits = result instanceof OperationResult.Deleted;
            } else {
                fits = result instanceof OperationResult.Checked;
                events--;
            }
            events++;
            if (!fits) {
                return false;
            }
        }
        return results.size() == operations.size()
                && events == executed.events().size();
    }

    private static boolean isCreated(String path, Stat stat, Model.Executed executed, int index) {
        Model.Event event = executed.events().get(index);
        return event.path().equals(path)
                && stat.czxid().equals(executed.zxid())
                && (!event.alone()
                        || executed.events().size() > 1
                        || stat.equals(event.node().stat()));
    }

    /** What a write does to the tree. */
    public static List<Operation> operationsOf(ClientRequest.WriteRequest write) {
        if (write instanceof ClientRequest.Create create) {
            return List.of(create.operation());
        } else if (write instanceof ClientRequest.SetData set) {
            return List.of(set.operation());
        } else if (write instanceof ClientRequest.Delete delete) {
            return List.of(delete.operation());
        } else if (write instanceof ClientRequest.Multi multi) {
            return multi.operations();
        }
        return List.of();
    }

    /** Two lists are the same if their descriptions are; records with arrays are never equal. */
    private static String describe(List<Operation> operations) {
        StringBuilder all = new StringBuilder();
        for (Operation operation : operations) {
            all.append(operation.getClass().getSimpleName()).append(' ').append(operation.target());
            if (operation instanceof Operation.Create create) {
                all.append(create.mode()).append(Arrays.toString(create.data()));
            } else if (operation instanceof Operation.SetData set) {
                all.append(set.version()).append(Arrays.toString(set.data()));
            }
            all.append('\n');
        }
        return all.toString();
    }
}
