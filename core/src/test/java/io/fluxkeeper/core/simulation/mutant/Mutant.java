package io.fluxkeeper.core.simulation.mutant;

import java.util.ArrayList;
import java.util.List;

/**
 * One breakage.
 *
 * @param name says which rule is broken
 * @param checkers of the simulation, those that may be the first to catch it
 * @param edits of the sources
 */
public record Mutant(String name, List<String> checkers, List<Edit> edits) {
    /** The checks that production makes itself, of whatever it relies on. */
    static final String REPLICA = "replica invariant";

    private static final String MISSING_REPLY =
            "throw new Invariant.Broken(\"reply \" + cxid + \" is missing between \" + first + \" and \" + last);";

    /**
     * @param file below {@code io/fluxkeeper/core}, without its suffix
     * @param find occurs there once
     * @param replacement instead of it
     */
    public record Edit(String file, String find, String replacement) {}

    static Mutant of(String name, String checkers, String file, String find, String replacement) {
        return new Mutant(name, List.of(checkers.split(", ")), List.of(new Edit(file, find, replacement)));
    }

    /** The same with a replica that does not check its own invariants. */
    Mutant withoutInvariants() {
        List<String> others = new ArrayList<>(checkers);
        others.remove(REPLICA);
        return new Mutant(name + ", and the replica's own checks off", List.copyOf(others), edits)
                .and("Invariant", "if (!holds) {", "if (false) {")
                .and("journal/FileJournal", "if (!follows || !entry.zxid().isAfter(state.last())) {", "if (false) {")
                .and("session/ReplyTable", MISSING_REPLY, "return new byte[0];");
    }

    /** The same and one more place changed: for a breakage in two places, or that another rule masks. */
    Mutant and(String file, String find, String replacement) {
        List<Edit> more = new ArrayList<>(edits);
        more.add(new Edit(file, find, replacement));
        return new Mutant(name, checkers, List.copyOf(more));
    }
}
