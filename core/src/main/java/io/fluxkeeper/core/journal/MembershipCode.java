package io.fluxkeeper.core.journal;

import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.Membership;

/** The numbers that stand for memberships on disk, whatever the order of the enum. */
final class MembershipCode {
    private MembershipCode() {}

    static int of(Membership membership) {
        return switch (membership) {
            case NONE -> 0;
            case FOUNDING -> 1;
            case LEARNER -> 2;
            case FOUNDED -> 3;
        };
    }

    /** @throws MalformedBytesException if no membership has that number */
    static Membership membership(int code) {
        return switch (code) {
            case 0 -> Membership.NONE;
            case 1 -> Membership.FOUNDING;
            case 2 -> Membership.LEARNER;
            case 3 -> Membership.FOUNDED;
            default -> throw new MalformedBytesException("no membership has the number " + code);
        };
    }
}
