package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.PeerStatus;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ServerReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

@Command(
        name = "status",
        sortOptions = false,
        description = {
            "Asks every peer named by --connect how it is, and prints a line for each.",
            "LAG is how many transactions it has applied less than the foremost of them.",
            ""
        })
final class StatusCommand extends ServiceCommand {
    private static final List<String> HEADER =
            List.of("ADDRESS", "PEER", "ROLE", "EPOCH", "ZXID", "LAG", "ZNODES", "SESSIONS", "NOTE");
    private static final String NONE = "-";

    @Override
    int run(Service service) throws InterruptedException {
        List<PeerStatus> peers = service.await(service.statusOfAllPeers().collectList());
        Zxid foremost = peers.stream()
                .map(PeerStatus::status)
                .filter(Objects::nonNull)
                .map(ServerReply.Status::zxid)
                .reduce(Zxid.ZERO, Zxid::max);
        if (surroundings().json()) {
            peers.forEach(peer -> print(() -> "", () -> json(peer, foremost)));
        } else {
            List<List<String>> rows = new ArrayList<>(List.of(HEADER));
            peers.forEach(peer -> rows.add(row(peer, foremost)));
            Lines.table(rows).forEach(surroundings().console().out()::println);
        }
        return peers.stream().anyMatch(peer -> peer.status() != null) ? Cli.OK : Cli.NOT_REACHABLE;
    }

    private static List<String> row(PeerStatus peer, Zxid foremost) {
        ServerReply.Status status = peer.status();
        if (status == null) {
            return List.of(peer.address(), NONE, NONE, NONE, NONE, NONE, NONE, NONE, failure(peer));
        }
        Long lag = lag(status, foremost);
        return List.of(
                peer.address(),
                status.peer().toString(),
                status.role(),
                Long.toString(status.epoch()),
                status.zxid().toString(),
                lag == null ? "an epoch" : lag.toString(),
                Long.toString(status.znodes()),
                Integer.toString(status.sessions()),
                note(status));
    }

    private static JsonLine json(PeerStatus peer, Zxid foremost) {
        JsonLine line = new JsonLine().put("address", peer.address());
        ServerReply.Status status = peer.status();
        if (status == null) {
            return line.put("failure", failure(peer));
        }
        Long lag = lag(status, foremost);
        line.put("peer", status.peer().value())
                .put("role", status.role())
                .put("epoch", status.epoch())
                .put("zxid", status.zxid().toString());
        line = lag == null ? line.put("lag", (String) null) : line.put("lag", lag);
        return line.put("lastLogged", status.lastLogged().toString())
                .put("leader", status.leader() == null ? null : status.leader().toString())
                .put("serving", status.serving())
                .put("sessions", status.sessions())
                .put("connections", status.connections())
                .put("watches", status.watches())
                .put("znodes", status.znodes())
                .put("version", status.version())
                .put("note", status.note());
    }

    /** Null across epochs, where positions do not count transactions. */
    private static @Nullable Long lag(ServerReply.Status status, Zxid foremost) {
        return status.zxid().epoch() == foremost.epoch()
                ? foremost.counter() - status.zxid().counter()
                : null;
    }

    private static String note(ServerReply.Status status) {
        String note = status.note() == null ? "" : status.note();
        return status.serving() ? note : note.isEmpty() ? "not serving" : "not serving: " + note;
    }

    private static String failure(PeerStatus peer) {
        return peer.failure() == null
                ? "no answer"
                : String.valueOf(peer.failure().getMessage());
    }
}
