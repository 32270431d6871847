package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What a client does: some of everything, on few znodes, so that clients meet. */
final class OperationMix {
    /** Paths of registers: written alone, never in a multi. */
    static final String REGISTER = "/r";

    /** Paths of the two znodes that are only ever set together. */
    static final String PAIR = "/pair-";

    /** Stands for a write that its connection cannot accept. */
    static final ZnodePath INVALID = ZnodePath.of("/invalid");

    private static final int REGISTERS = 3;

    private final SplittableRandom random;
    private final int client;
    private final String own;
    private final Map<String, Integer> versionsSeen = new HashMap<>();
    private long writes;
    private long values;

    OperationMix(int client, SplittableRandom random) {
        this.client = client;
        this.random = random;
        this.own = "/c" + client;
    }

    void saw(String path, int version) {
        versionsSeen.put(path, version);
    }

    /** Null for a write outside any session. */
    ClientRequest.WriteRequest write(@Nullable WriteStamp stamp) {
        if (stamp == null) {
            return new ClientRequest.SetData(ZnodePath.of("/u"), value(), Operation.ANY_VERSION, null);
        }
        writes++;
        if (writes <= 4) {
            return beginning((int) writes, stamp);
        }
        int luck = random.nextInt(100);
        if (luck < 22) {
            return new ClientRequest.Create(own + "/n-", value(), CreateMode.PERSISTENT_SEQUENTIAL, null, stamp);
        } else if (luck < 55) {
            return onRegister(luck, stamp);
        } else if (luck < 65) {
            String path = "/e/c" + client + "-" + random.nextInt(3);
            return random.nextInt(3) == 0
                    ? new ClientRequest.Delete(ZnodePath.of(path), Operation.ANY_VERSION, stamp)
                    : new ClientRequest.Create(path, value(), CreateMode.EPHEMERAL, null, stamp);
        } else if (luck < 71) {
            return new ClientRequest.Create("/e/s-", value(), CreateMode.EPHEMERAL_SEQUENTIAL, null, stamp);
        } else if (luck < 86) {
            return multi(stamp);
        } else if (luck < 94) {
            String number = String.format("%010d", random.nextInt(12));
            return new ClientRequest.Delete(ZnodePath.of(own + "/n-" + number), Operation.ANY_VERSION, stamp);
        } else if (luck < 96) {
            return new ClientRequest.Create("/e/c" + client + "-0/x", value(), CreateMode.PERSISTENT, null, stamp);
        } else if (luck < 97) {
            return new ClientRequest.Delete(ZnodePath.of("/e"), Operation.ANY_VERSION, stamp);
        } else if (luck < 98) {
            return new ClientRequest.SetData(INVALID, null, Operation.ANY_VERSION, stamp);
        }
        return new ClientRequest.SetData(ZnodePath.of(own), value(), Operation.ANY_VERSION, stamp);
    }

    private ClientRequest.WriteRequest beginning(int number, WriteStamp stamp) {
        if (number == 4) {
            return new ClientRequest.Multi(
                    List.of(
                            new Operation.Create(PAIR + "a", value(0), CreateMode.PERSISTENT, null),
                            new Operation.Create(PAIR + "b", value(0), CreateMode.PERSISTENT, null)),
                    stamp);
        }
        String path = number == 1 ? own : number == 2 ? "/e" : "/u";
        return new ClientRequest.Create(path, value(), CreateMode.PERSISTENT, null, stamp);
    }

    private ClientRequest.WriteRequest onRegister(int luck, WriteStamp stamp) {
        String path = REGISTER + random.nextInt(REGISTERS);
        int version = random.nextBoolean() ? Operation.ANY_VERSION : versionsSeen.getOrDefault(path, 0);
        if (luck < 32) {
            return new ClientRequest.Create(path, value(), CreateMode.PERSISTENT, null, stamp);
        } else if (luck < 49) {
            return new ClientRequest.SetData(ZnodePath.of(path), value(), version, stamp);
        }
        return new ClientRequest.Delete(ZnodePath.of(path), version, stamp);
    }

    /** The pair is set to one value; some have more in them, and some of those are refused. */
    private ClientRequest.WriteRequest multi(WriteStamp stamp) {
        byte[] value = value();
        Operation a = new Operation.SetData(ZnodePath.of(PAIR + "a"), value, Operation.ANY_VERSION);
        Operation b = new Operation.SetData(ZnodePath.of(PAIR + "b"), value, Operation.ANY_VERSION);
        Operation third = switch (random.nextInt(4)) {
            case 0 -> new Operation.Check(ZnodePath.of(own), random.nextInt(2));
            case 1 -> new Operation.Create(own + "/m-", value, CreateMode.PERSISTENT_SEQUENTIAL, null);
            case 2 -> new Operation.Create("/e/s-", value, CreateMode.EPHEMERAL_SEQUENTIAL, null);
            default -> new Operation.Delete(ZnodePath.of(own + "/nothing"), Operation.ANY_VERSION);
        };
        boolean two = random.nextInt(3) > 0;
        return new ClientRequest.Multi(two ? List.of(a, b) : List.of(a, third, b), stamp);
    }

    ClientRequest.ReadRequest read(ReadStamp stamp) {
        return switch (random.nextInt(6)) {
            case 0 -> new ClientRequest.GetData(ZnodePath.of(REGISTER + random.nextInt(REGISTERS)), stamp);
            case 1 -> new ClientRequest.GetData(ZnodePath.of(PAIR + (random.nextBoolean() ? "a" : "b")), stamp);
            case 2 -> new ClientRequest.Exists(ZnodePath.of("/e/c" + random.nextInt(4) + "-0"), stamp);
            case 3 -> new ClientRequest.Children(ZnodePath.of("/e"), null, null, stamp);
            case 4 -> new ClientRequest.Children(ZnodePath.of(own), "n-0000000002", 3, stamp);
            default -> {
                // a pin is its connection's: none outside of it
                Long pin = stamp.session() == null ? null : ClientRequest.Children.NEW_PIN;
                yield new ClientRequest.Children(ZnodePath.of(own), null, pin == null ? null : 2, pin, stamp);
            }
        };
    }

    /** Of a pinned listing. */
    static ClientRequest.Children nextPage(String path, ServerReply.ChildNames page, SessionId session) {
        String last = page.names().get(page.names().size() - 1);
        return new ClientRequest.Children(ZnodePath.of(path), last, 2, page.pin(), new ReadStamp(session, 0, null));
    }

    ClientRequest.GetData readRegister(ReadStamp stamp) {
        return new ClientRequest.GetData(ZnodePath.of(REGISTER + random.nextInt(REGISTERS)), stamp);
    }

    /** Never the same twice. */
    private byte[] value() {
        return value((long) client << 32 | ++values);
    }

    private static byte[] value(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }
}
