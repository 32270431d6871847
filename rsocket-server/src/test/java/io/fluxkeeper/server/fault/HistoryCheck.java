package io.fluxkeeper.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.consensus.Entry;
import io.fluxkeeper.core.consensus.RecoveredLog;
import io.fluxkeeper.core.journal.DiskFiles;
import io.fluxkeeper.core.journal.JournalSettings;
import io.fluxkeeper.core.replica.PeerRecovery;
import io.fluxkeeper.core.session.EnsembleSettings;
import io.fluxkeeper.core.simulation.check.Call;
import io.fluxkeeper.core.simulation.check.Checker;
import io.fluxkeeper.core.simulation.check.Model;
import io.fluxkeeper.core.simulation.check.Reads;
import io.fluxkeeper.core.simulation.check.RealTimeOrder;
import io.fluxkeeper.core.simulation.check.Registers;
import io.fluxkeeper.core.simulation.check.SessionOrder;
import io.fluxkeeper.core.simulation.check.WriteOutcomes;
import io.fluxkeeper.core.store.MvStateStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * The simulation's checkers on what real clients wrote down: the committed log is read from the disks of the peers once
 * they have stopped, the model executes it, and every answer is held against that.
 */
final class HistoryCheck {
    private HistoryCheck() {}

    /** @return what was checked, in words */
    static String check(List<Path> data, List<RecordedClient> clients) throws IOException {
        Model model = new Model();
        committed(data).forEach(model::execute);
        List<Call> calls = new ArrayList<>();
        for (RecordedClient client : clients) {
            Zxid first = client.firstWrite();
            assertThat(first).as("a write was answered").isNotNull();
            calls.addAll(client.calls(model.at(first).session()));
        }
        Registers registers = new Registers(RecordedClient.REGISTER);
        List<Checker> checkers = List.of(
                new WriteOutcomes(model), new RealTimeOrder(), new SessionOrder(model), new Reads(model), registers);
        calls.forEach(call -> checkers.forEach(checker -> checker.invoked(call)));
        calls.stream()
                .filter(call -> call.reply() != null)
                .sorted(Comparator.comparingLong(Call::answeredAt))
                .forEach(call -> checkers.forEach(checker -> checker.answered(call)));
        checkers.forEach(Checker::ended);
        return calls.size() + " requests, log up to " + model.last() + ", " + registers.undecided()
                + " registers undecided";
    }

    /** What is known committed anywhere; equal wherever two know it. */
    private static List<Entry> committed(List<Path> data) throws IOException {
        Algorithm algorithm = Algorithm.of(ProcessEnsemble.CONSENSUS).orElseThrow();
        TreeMap<Zxid, Entry> all = new TreeMap<>();
        for (int i = 0; i < data.size(); i++) {
            PeerId peer = new PeerId(i + 1);
            DiskFiles files = new DiskFiles(data.get(i));
            PeerRecovery.Options options = new PeerRecovery.Options(
                    peer, algorithm, EnsembleSettings.DEFAULT, false, false, JournalSettings.DEFAULT);
            try (PeerRecovery.Recovered recovered =
                    PeerRecovery.start(files, new MvStateStores(files, peer), options)) {
                RecoveredLog log = recovered.log();
                assertThat(log.note()).as("the disk of peer %s", peer).isEmpty();
                for (Entry entry : log.entries()) {
                    Entry known = entry.zxid().isAfter(log.committed()) ? entry : all.putIfAbsent(entry.zxid(), entry);
                    assertThat(known == null ? entry.chain() : known.chain()).isEqualTo(entry.chain());
                }
            }
        }
        Zxid last = Zxid.ZERO;
        for (Entry entry : all.values()) {
            assertThat(entry.previous()).as("the entry before %s", entry).isEqualTo(last);
            last = entry.zxid();
        }
        return List.copyOf(all.values());
    }
}
