package io.fluxkeeper.core.simulation;

import io.fluxkeeper.core.simulation.check.Violation;
import java.util.ArrayList;
import java.util.List;

/** Runs many seeds and tells what came of it; the command line of {@code -Psimulate}. */
final class SimulationRun {
    private SimulationRun() {}

    /** @return the report of what went wrong, with everything needed to see it again */
    static String report(String consensus, long seed, Violation violation) {
        List<String> last = new ArrayList<>();
        Simulation again = new Simulation(consensus, seed, true, line -> {
            last.add(line);
            if (last.size() > 200) {
                last.remove(0);
            }
        });
        String second;
        try {
            second = "and a second run of it found nothing: " + again.run();
        } catch (Violation same) {
            second = same.getMessage().equals(violation.getMessage()) ? "" : "and a second run found " + same;
        }
        return "seed " + seed + " with " + again.options() + "\n" + violation.getMessage() + "\n" + second
                + "\nreplay with: mvn -q -B -pl core verify -Psimulate -Dsim.seed=" + seed + "\n"
                + String.join("\n", last);
    }
}
