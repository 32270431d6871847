package io.fluxkeeper.core.consensus.paxos;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.ChainHash;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.DurableRecord.Accepted;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.transcript.Stage;
import io.fluxkeeper.core.consensus.transcript.Transcript;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The runs in {@code src/test/resources/transcripts/paxos}: what Multi-Paxos does, case by case. */
class PaxosTranscriptTest {
    private static final long ENSEMBLE = 77;

    @TestFactory
    Stream<DynamicTest> transcripts() throws IOException {
        return Transcript.testsIn("paxos", new PaxosStage());
    }

    /** Peer 1 waits for the shortest time, so that it leads first; whoever comes next waits a tick longer. */
    private record Waits(int ticks) implements RandomGenerator {
        @Override
        public int nextInt(int bound) {
            return Math.min(ticks, bound - 1);
        }

        @Override
        public long nextLong() {
            return ticks;
        }
    }

    /**
     * <pre>
     *  ensemble 3 history=0        what a state store has committed is not kept for followers
     *  ensemble 3 message=1        one value a message
     *  disk 2 3.3 0:1=a 0:2=y@3.3  before the start: peer 2 has promised 3.3, knows a decided, has accepted y of 3.3
     * </pre>
     *
     * <p>A value stands behind its slot, and its ballot behind that.
     */
    private static final class PaxosStage implements Stage {
        @Override
        public BroadcastCluster ensemble(int peers, Map<String, String> options) {
            int kept = Integer.parseInt(options.getOrDefault("history", "1000"));
            int message = Integer.parseInt(options.getOrDefault("message", "4096"));
            PaxosLimits limits = new PaxosLimits(4_096, message, 1 << 20, kept, 1 << 20, 1 << 20, 1_000, 1 << 20);
            return new PaxosCluster(peers, PaxosCluster.TIMING, limits, id -> new Waits(id.value() - 1));
        }

        @Override
        public boolean command(BroadcastCluster cluster, String name, String[] words) {
            if (!name.equals("disk")) {
                return false;
            }
            BroadcastHost host = cluster.host(Integer.parseInt(words[1]));
            List<Entry> decided = new ArrayList<>();
            List<Accepted> votes = new ArrayList<>();
            for (String word : List.of(words).subList(3, words.length)) {
                String[] parts = word.split("[=@]");
                byte[] value = BroadcastCluster.bytes(parts[1]);
                if (parts.length == 3) {
                    votes.add(new Accepted(ballot(parts[2]).number(), slot(parts[0]), value));
                } else {
                    Entry last = decided.isEmpty() ? null : decided.get(decided.size() - 1);
                    decided.add(Entry.after(
                            last == null ? Zxid.ZERO : last.zxid(),
                            last == null ? ChainHash.EMPTY : last.chain(),
                            slot(parts[0]),
                            value));
                }
            }
            host.disk().found(ENSEMBLE);
            host.disk().hold(ballot(words[2]).number(), decided, votes);
            assertThat(host.isUp()).as("a disk is made before the start").isFalse();
            return true;
        }

        private static Zxid slot(String text) {
            String[] parts = text.split(":");
            return Zxid.of(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        }

        private static Ballot ballot(String text) {
            String[] parts = text.split("\\.");
            return Ballot.of(Long.parseLong(parts[0]), new PeerId(Integer.parseInt(parts[1])));
        }

        @Override
        public @Nullable String text(Object value) {
            if (value instanceof DurableRecord.Promised promised) {
                return "Promised " + new Ballot(promised.ballot());
            } else if (value instanceof Accepted vote) {
                return vote.slot() + "=" + words(vote.payload()) + "@" + new Ballot(vote.ballot());
            } else if (value instanceof Entry entry) {
                return entry.zxid() + "=" + words(entry.payload());
            } else if (value instanceof PaxosMessage.Accept accept) {
                return "Accept bond=" + accept.bond() + " after=" + accept.after() + " values="
                        + accept.payloads().stream().map(PaxosStage::words).collect(Collectors.joining(" ", "[", "]"));
            }
            return null;
        }

        private static String words(byte[] payload) {
            return payload.length == 0 ? "no-op" : new String(payload, StandardCharsets.UTF_8);
        }
    }
}
