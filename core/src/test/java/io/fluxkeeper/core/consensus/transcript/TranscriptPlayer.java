package io.fluxkeeper.core.consensus.transcript;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.Input;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessage.Lane;
import io.fluxkeeper.core.consensus.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Does what a transcript says.
 *
 * <pre>
 *  ensemble 3 name=value     founded by nobody, not started; first of all
 *  start                     all peers, with links between them
 *  settle                    whatever is under way arrives, and disks that are not held catch up
 *  tick 5                    time passes everywhere; each tick settles
 *  pass 1 5                  time passes at peer 1 alone, and nothing arrives
 *  until serving             ticks until all peers that are up serve
 *  until 2 leads             ticks until peer 2 is an established leader
 *  propose 3 text            peer 3 proposes; nothing arrives yet
 *  read 3 7                  peer 3 asks for a read index, by a number
 *  deliver 3&gt;1 2 [live]      two messages from 3 arrive at 1, of the log lane unless it says live
 *  lose 3&gt;1 2 [live]         two messages from 3 never arrive at 1
 *  hold 1, release 1         disk 1 does nothing by itself, or does again
 *  persist 1                 the oldest waiting batch of peer 1 becomes durable
 *  hold-state 1, fetch 1     peer 1 fetches a state only when told to
 *  release-state 1           or by itself again
 *  checkpoint 1              peer 1's state store commits, and its journal goes
 *  cut 1 2, heal 1 2         the links of that pair; what was under way is lost
 *  break 1 2                 likewise, but the next tick makes a new link
 *  isolate 1, heal           all links of peer 1; all links of all
 *  deaf 3                    what is sent to peer 3 is lost, and nobody notices
 *  crash 1, restart 1        its process; what was not durable is lost
 *  wipe 1                    an empty disk, while it is down
 *  hand-over 1               peer 1 is asked to give up leadership
 *  show live, hide live      whether messages of the live lane are printed
 *  state                     where everybody stands
 *  quietly COMMAND           without a word
 * </pre>
 */
final class TranscriptPlayer {
    private final Stage stage;
    private final TranscriptPrinter printer = new TranscriptPrinter();
    private @Nullable BroadcastCluster cluster;

    TranscriptPlayer(Stage stage) {
        this.stage = stage;
    }

    /** @return what followed from it, a line each */
    List<String> play(String command) {
        boolean quietly = command.startsWith("quietly ");
        String[] words = (quietly ? command.substring("quietly ".length()) : command).split(" ");
        try {
            perform(words);
        } catch (RuntimeException e) {
            throw new IllegalStateException("at '" + command + "': " + e.getMessage(), e);
        }
        List<String> lines = printer.take();
        return quietly ? List.of() : lines;
    }

    private void perform(String[] words) {
        String name = words[0];
        if (name.equals("ensemble")) {
            begin(words);
        } else if (name.equals("show") || name.equals("hide")) {
            printer.showLive = name.equals("show");
        } else if (!(time(name, words) || peers(name, words) || links(name, words))
                && !stage.command(cluster(), name, words)) {
            throw new IllegalArgumentException("no such command");
        }
    }

    private BroadcastCluster cluster() {
        if (cluster == null) {
            throw new IllegalStateException("a transcript begins with 'ensemble'");
        }
        return cluster;
    }

    private void begin(String[] words) {
        Map<String, String> options = new TreeMap<>();
        Arrays.stream(words).skip(2).map(word -> word.split("=")).forEach(pair -> options.put(pair[0], pair[1]));
        cluster = stage.ensemble(Integer.parseInt(words[1]), options);
        cluster.observer = printer;
    }

    private boolean time(String name, String[] words) {
        switch (name) {
            case "settle" -> cluster().settle();
            case "tick" -> cluster().ticks(Integer.parseInt(words[1]));
            case "pass" -> {
                for (int i = 0; i < Integer.parseInt(words[2]); i++) {
                    host(words[1]).handle(new Input.Tick());
                }
            }
            case "until" -> until(words);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void until(String[] words) {
        if (words[1].equals("serving")) {
            cluster()
                    .runUntil(
                            "all serve",
                            () -> cluster().hosts().stream().allMatch(host -> !host.isUp() || host.isServing()));
        } else {
            BroadcastHost host = host(words[1]);
            cluster()
                    .runUntil(
                            "peer " + words[1] + " leads",
                            () -> host.isUp() && host.isServing() && host.role() == Role.LEADING);
        }
    }

    private boolean peers(String name, String[] words) {
        switch (name) {
            case "start" -> cluster().startAll();
            case "propose" -> {
                if (host(words[1]).propose(words[2]) == null) {
                    printer.say(host(words[1]).id() + " refuses");
                }
            }
            case "read" -> host(words[1]).requestReadIndex(Long.parseLong(words[2]));
            case "hold" -> host(words[1]).diskHeld = true;
            case "release" -> host(words[1]).diskHeld = false;
            case "persist" -> {
                if (!host(words[1]).persistOneEvenIfHeld()) {
                    printer.say("nothing waits for the disk");
                }
            }
            case "hold-state" -> host(words[1]).fetchHeld = true;
            case "release-state" -> host(words[1]).fetchHeld = false;
            case "fetch" -> host(words[1]).fetchOne();
            case "checkpoint" -> host(words[1]).checkpoint();
            case "crash" -> cluster().crash(host(words[1]));
            case "restart" -> cluster().restart(host(words[1]));
            case "wipe" -> host(words[1]).wipe();
            case "hand-over" -> host(words[1]).handle(new Input.HandOver());
            case "state" -> cluster().hosts().forEach(printer::state);
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean links(String name, String[] words) {
        switch (name) {
            case "cut" -> cluster().cut(host(words[1]), host(words[2]));
            case "break" ->
                cluster()
                        .closeLink(cluster()
                                .link(host(words[1]).id(), host(words[2]).id())
                                .pair);
            case "isolate" -> cluster().isolate(host(words[1]));
            case "deaf" -> {
                PeerId deaf = host(words[1]).id();
                cluster().swallowed = (to, message) -> to.equals(deaf);
            }
            case "heal" -> {
                if (words.length == 1) {
                    cluster().healAll();
                } else {
                    cluster().heal(host(words[1]), host(words[2]));
                }
            }
            case "deliver", "lose" -> arrive(words, name.equals("deliver"));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void arrive(String[] words, boolean arrives) {
        PeerId from = host(words[1].substring(0, words[1].indexOf('>'))).id();
        PeerId to = host(words[1].substring(words[1].indexOf('>') + 1)).id();
        Lane lane = words[words.length - 1].equals("live") ? Lane.LIVE : Lane.LOG;
        int count = words.length > 2 && !words[2].equals("live") ? Integer.parseInt(words[2]) : 1;
        for (int i = 0; i < count; i++) {
            BroadcastCluster.Link link = cluster().link(from, to);
            PeerMessage message = link == null ? null : link.loseOne(from, lane);
            if (message == null) {
                printer.say("nothing is under way");
                return;
            }
            printer.arrives(from, to, message, arrives);
            if (arrives) {
                cluster().host(to).handle(new Input.Received(from, link.number, message));
            }
        }
    }

    private BroadcastHost host(String id) {
        return cluster().host(Integer.parseInt(id));
    }
}
