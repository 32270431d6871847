package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.BroadcastCluster;
import io.fluxkeeper.core.consensus.BroadcastHost;
import io.fluxkeeper.core.consensus.DurableRecord.Epochs;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.transcript.Stage;
import io.fluxkeeper.core.consensus.transcript.Transcript;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The runs in {@code src/test/resources/transcripts/zab}: one for each way to synchronise, and one for each bug that
 * others paid for.
 */
class ZabTranscriptTest {
    /** What peer 1, which proposes the founding, calls the ensemble. */
    private static final long ENSEMBLE = 1_001;

    @TestFactory
    Stream<DynamicTest> transcripts() throws IOException {
        return Transcript.testsIn("zab", new ZabStage());
    }

    /**
     * <pre>
     *  ensemble 3 history=0      what a state store has committed is not kept for DIFF
     *  ensemble 3 message=1      one entry a message
     *  old-disk 2 1:1            peer 2 is started from a copy of its disk that ends there
     * </pre>
     */
    private static final class ZabStage implements Stage {
        @Override
        public BroadcastCluster ensemble(int peers, Map<String, String> options) {
            int kept = Integer.parseInt(options.getOrDefault("history", "1000"));
            int message = Integer.parseInt(options.getOrDefault("message", "4096"));
            ZabLimits limits = new ZabLimits(4_096, message, 1 << 20, kept, 1 << 20, 1 << 20, 1_000, 1 << 20, 1 << 20);
            return new ZabCluster(peers, ZabCluster.TIMING, limits);
        }

        @Override
        public boolean command(BroadcastCluster cluster, String name, String[] words) {
            if (!name.equals("old-disk")) {
                return false;
            }
            BroadcastHost host = cluster.host(Integer.parseInt(words[1]));
            String[] zxid = words[2].split(":");
            List<Entry> entries =
                    host.disk().history().between(Zxid.ZERO, Zxid.of(Long.parseLong(zxid[0]), Long.parseLong(zxid[1])));
            Epochs epochs = host.disk().epochs();
            cluster.crash(host);
            host.wipe();
            host.disk().found(ENSEMBLE);
            host.disk().hold(epochs.accepted(), epochs.current(), entries.toArray(Entry[]::new));
            cluster.restart(host);
            return true;
        }
    }
}
