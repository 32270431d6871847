package io.fluxkeeper.core.replica;

import io.fluxkeeper.core.SessionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The requests taken here and not answered yet, in the order they came; found by number, or by session and cxid. */
final class Submissions {
    private final LinkedHashMap<Long, Submission> byNumber = new LinkedHashMap<>();
    private final Map<SessionId, TreeMap<Long, Submission>> bySession = new HashMap<>();

    /** Those that have no cxid. */
    private final Map<Long, Set<Submission>> unnumberedByConnection = new HashMap<>();

    int size() {
        return byNumber.size();
    }

    void add(Submission submission) {
        byNumber.put(submission.number, submission);
        if (submission.isNumbered()) {
            submission.older = bySession
                    .computeIfAbsent(submission.session, s -> new TreeMap<>())
                    .put(submission.cxid, submission);
        } else {
            unnumberedByConnection
                    .computeIfAbsent(submission.connection, c -> new LinkedHashSet<>())
                    .add(submission);
        }
    }

    /** @return null when it was answered already */
    @Nullable Submission remove(long number) {
        Submission submission = byNumber.remove(number);
        if (submission != null) {
            forget(submission);
        }
        return submission;
    }

    /** Puts it behind all others, under that number, unless it was answered meanwhile. */
    void renumber(Submission submission, long number) {
        if (byNumber.remove(submission.number) != null) {
            submission.renumber(number);
            byNumber.put(number, submission);
        }
    }

    /** Null when it was answered already. */
    @Nullable Submission get(long number) {
        return byNumber.get(number);
    }

    /** All requests for that number, newest first. */
    List<Submission> of(SessionId session, long cxid) {
        TreeMap<Long, Submission> of = bySession.get(session);
        Submission newest = of == null ? null : of.get(cxid);
        if (newest == null) {
            return List.of();
        }
        List<Submission> found = new ArrayList<>(1);
        for (Submission each = newest; each != null; each = each.older) {
            found.add(each);
        }
        return found;
    }

    /** All, in the order they came. */
    List<Submission> all() {
        return new ArrayList<>(byNumber.values());
    }

    /** Takes out those that match, in the order they came. */
    List<Submission> removeIf(Predicate<Submission> matches) {
        List<Submission> removed = new ArrayList<>();
        for (Iterator<Submission> all = byNumber.values().iterator(); all.hasNext(); ) {
            Submission submission = all.next();
            if (matches.test(submission)) {
                all.remove();
                forget(submission);
                removed.add(submission);
            }
        }
        return removed;
    }

    /** Takes out the requests of a connection that have no cxid. */
    void removeUnnumbered(long connection) {
        Set<Submission> gone = unnumberedByConnection.remove(connection);
        if (gone != null) {
            gone.forEach(submission -> byNumber.remove(submission.number));
        }
    }

    private void forget(Submission submission) {
        if (!submission.isNumbered()) {
            forgetUnnumbered(submission);
            return;
        }
        TreeMap<Long, Submission> of = bySession.get(submission.session);
        Submission newest = of == null ? null : of.get(submission.cxid);
        if (of == null || newest == null) {
            return;
        }
        if (newest != submission) {
            unlink(newest, submission);
        } else if (submission.older != null) {
            of.put(submission.cxid, submission.older);
        } else if (of.remove(submission.cxid) != null && of.isEmpty()) {
            bySession.remove(submission.session);
        }
    }

    private void forgetUnnumbered(Submission submission) {
        Set<Submission> there = unnumberedByConnection.get(submission.connection);
        if (there != null && there.remove(submission) && there.isEmpty()) {
            unnumberedByConnection.remove(submission.connection);
        }
    }

    private static void unlink(Submission newest, Submission gone) {
        Submission newer = newest;
        while (newer.older != null && newer.older != gone) {
            newer = newer.older;
        }
        newer.older = gone.older;
    }
}
