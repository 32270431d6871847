package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.Freshness;
import io.fluxkeeper.core.Zxid;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fresh a command's reads must be: one option or the other. */
final class FreshnessChoice {
    @Option(
            names = "--linearizable",
            order = 50,
            description = "See every write that was answered before, to anyone; asks a quorum first.")
    private boolean linearizable;

    @Option(
            names = "--at-least",
            order = 51,
            paramLabel = "ZXID",
            converter = Arguments.ZxidConverter.class,
            description = "Not older than that transaction, as 4:17 or as a number.")
    private @Nullable Zxid atLeast;

    /** @param choice null when neither was given */
    static Freshness of(@Nullable FreshnessChoice choice) {
        if (choice != null && choice.atLeast != null) {
            return Freshness.atLeast(choice.atLeast);
        }
        return choice != null && choice.linearizable ? Freshness.linearizable() : Freshness.local();
    }
}
