package io.fluxkeeper.server.client;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.server.loop.Mailbox;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/** What the connections of a listener share. */
record ClientServices(
        Mailbox mailbox,
        RSocketClientPort port,
        ClientLimits limits,
        UnansweredBytes unanswered,
        ClientMetrics metrics,
        Admission admission,
        Passwords passwords,
        AtomicLong numbers) {
    /** Connections and subscriptions have numbers that are never used again. */
    long nextNumber() {
        return numbers.incrementAndGet();
    }

    /**
     * Draws the passwords of sessions, on event loops. The generator is seeded once, by the system, when this is made;
     * from then on it computes and never reads {@code /dev/urandom}, which would block (NIST SP 800-90A, Hash_DRBG).
     */
    static final class Passwords {
        private final SecureRandom random;

        Passwords() {
            try {
                random = SecureRandom.getInstance("DRBG");
            } catch (NoSuchAlgorithmException everyJavaHasIt) {
                throw new IllegalStateException("this Java has no DRBG", everyJavaHasIt);
            }
            random.nextBytes(new byte[1]); // seeds it
        }

        byte[] next() {
            byte[] password = new byte[ClientRequest.OpenSession.PASSWORD_BYTES];
            random.nextBytes(password);
            return password;
        }
    }
}
