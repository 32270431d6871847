package io.fluxkeeper.core.simulation;

/** Prints what seeds came to: the main class of a second process that must come to the same. */
final class Digests {
    private Digests() {}

    /** @param args algorithm, first and last seed */
    public static void main(String[] args) {
        System.out.print(of(args[0], Long.parseLong(args[1]), Long.parseLong(args[2])));
    }

    static String of(String consensus, long from, long to) {
        StringBuilder all = new StringBuilder();
        for (long seed = from; seed <= to; seed++) {
            all.append(new Simulation(consensus, seed).run()).append('\n');
        }
        return all.toString();
    }
}
