package io.fluxkeeper.core.watch;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of the change log that only the store has, one page of consecutive ones at a time, however many cursors are that
 * far behind. A page stays while cursors read on in it; then the next one comes for who has waited longest.
 */
final class ChangePages {
    /** Bytes of a page, roughly: its last block goes beyond. */
    static final int PAGE_BYTES = 256 << 10;

    private final WatchOutput output;

    /** Each has the block it wants; longest waiting first. */
    private final Set<Subscription> waiting = new LinkedHashSet<>();

    /** Who reads in the present page. */
    private final Set<Subscription> users = new LinkedHashSet<>();

    private Map<String, byte[]> page = Map.of();

    /** The block asked for; null while nothing is. */
    private @Nullable String asked;

    ChangePages(WatchOutput output) {
        this.output = output;
    }

    /** The bytes of a block, wherever they are; null when it must wait for them, and will be told. */
    byte @Nullable [] bytesFor(Subscription subscription, ChangeBlock block) {
        byte[] bytes = block.bytes();
        if (bytes != null) {
            leave(subscription);
            return bytes;
        }
        if (isWhole(block)) {
            return page.get(block.key());
        }
        subscription.wantedBlock = block.key();
        users.remove(subscription);
        waiting.add(subscription);
        askForNext();
        return null;
    }

    /** It does not read in the page any more, nor wait for one. */
    void leave(Subscription subscription) {
        subscription.wantedBlock = null;
        if (users.remove(subscription) | waiting.remove(subscription)) {
            askForNext();
        }
    }

    /**
     * A page came.
     *
     * @return who has waited for it, to read on
     */
    List<Subscription> arrived(Map<String, byte[]> rows, ChangeLog log) {
        String wanted = asked;
        asked = null;
        page = rows;
        List<Subscription> served = new ArrayList<>();
        for (Subscription subscription : List.copyOf(waiting)) {
            String key = subscription.wantedBlock;
            if (key == null) {
                continue;
            }
            ChangeBlock block = log.block(key);
            boolean here = block != null && (block.bytes() != null || isWhole(block));
            if (here || key.equals(wanted)) {
                waiting.remove(subscription);
                subscription.wantedBlock = null;
                subscription.resetDue |= !here; // the log has passed it by
                users.add(subscription);
                served.add(subscription);
            }
        }
        askForNext();
        return served;
    }

    private boolean isWhole(ChangeBlock block) {
        byte[] bytes = page.get(block.key());
        return bytes != null && bytes.length >= block.length();
    }

    /** The log was replaced: who waited looks for its place there. */
    void logReplaced() {
        waiting.forEach(subscription -> subscription.wantedBlock = null);
        waiting.clear();
        users.clear();
        page = Map.of();
    }

    private void askForNext() {
        if (asked == null && users.isEmpty()) {
            page = Map.of();
            for (Subscription first : waiting) {
                asked = first.wantedBlock;
                output.readChanges(String.valueOf(asked), PAGE_BYTES);
                return;
            }
        }
    }
}
