package io.fluxkeeper.core.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.znode.Acl;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.Identity;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransactionCodecTest {
    private static final WriteStamp STAMP = new WriteStamp(new SessionId(1L << 41 | 5), 8, 3);

    static List<Transaction> transactions() {
        List<Operation> operations = new ArrayList<>();
        for (CreateMode mode : CreateMode.values()) {
            operations.add(new Operation.Create("/a/ü", new byte[] {1, 2}, mode, null));
        }
        Acl reader = new Acl(Acl.READ, new Identity("digest", "ann:x"));
        operations.add(new Operation.Create("/a", null, CreateMode.PERSISTENT, List.of(Acl.OPEN, reader)));
        operations.add(new Operation.Create("/a", new byte[0], CreateMode.PERSISTENT, List.of()));
        operations.add(new Operation.Create("/a/", new byte[0], CreateMode.PERSISTENT_SEQUENTIAL, null));
        operations.add(new Operation.SetData(ZnodePath.of("/a"), null, -1));
        operations.add(new Operation.SetData(ZnodePath.of("/"), new byte[100], 7));
        operations.add(new Operation.Delete(ZnodePath.of("/a/b"), 0));
        operations.add(new Operation.Check(ZnodePath.of("/a/b"), Integer.MAX_VALUE));
        List<Identity> identities = List.of(Identity.ANYONE, new Identity("x509", "CN=ann"));
        byte[] hash = new byte[32];
        hash[31] = -1;
        return Stream.of(
                        new Transaction.Write(STAMP, 99, true, operations, identities),
                        new Transaction.Write(null, 0, false, operations.subList(0, 1), List.of()),
                        new Transaction.Write(null, 0, false, operations.subList(7, 8), List.of(Identity.ANYONE)),
                        new Transaction.OpenSession(-5, hash),
                        new Transaction.AttachSession(new SessionId(4), hash),
                        new Transaction.CloseSession(STAMP, 7),
                        new Transaction.ExpireSession(new SessionId(4), Long.MAX_VALUE),
                        new Transaction.RefusedWrite(STAMP, 7, ErrorCode.INVALID_ACL, "/ü", "no such scheme"))
                .map(body -> new Transaction(
                        1_700_000_000_123L, new Transaction.Origin(new PeerId(255), Long.MAX_VALUE, 1), body))
                .collect(Collectors.toList());
    }

    @Test
    void everyKindOfBodyIsAmongThoseTested() {
        assertThat(transactions().stream()
                        .<Class<?>>map(t -> t.body().getClass())
                        .distinct())
                .containsExactlyInAnyOrder(Transaction.Body.class.getPermittedSubclasses());
        assertThat(((Transaction.Write) transactions().get(0).body())
                        .operations().stream().<Class<?>>map(Object::getClass).distinct())
                .containsExactlyInAnyOrder(Operation.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("transactions")
    void whatIsDecodedIsWhatWasEncoded(Transaction transaction) {
        Transaction decoded = TransactionCodec.decode(TransactionCodec.encode(transaction));

        assertThat(decoded).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(transaction);
        assertThat(TransactionCodec.encode(decoded)).isEqualTo(TransactionCodec.encode(transaction));
    }

    @ParameterizedTest
    @MethodSource("transactions")
    void bytesCutAnywhereAreMalformed(Transaction transaction) {
        byte[] encoded = TransactionCodec.encode(transaction);
        for (int length = 0; length < encoded.length; length++) {
            byte[] cut = Arrays.copyOf(encoded, length);
            assertThatThrownBy(() -> TransactionCodec.decode(cut)).isInstanceOf(MalformedBytesException.class);
        }
        byte[] longer = Arrays.copyOf(encoded, encoded.length + 1);
        assertThatThrownBy(() -> TransactionCodec.decode(longer)).isInstanceOf(MalformedBytesException.class);
    }

    @ParameterizedTest
    @MethodSource("transactions")
    void damagedBytesAreMalformedOrAnotherTransactionAndNothingElse(Transaction transaction) {
        byte[] encoded = TransactionCodec.encode(transaction);
        SplittableRandom random = new SplittableRandom(encoded.length);
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = encoded.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            decodeOrMalformed(damaged);
        }
    }

    @Test
    void randomBytesAreMalformedOrATransactionAndNothingElse() {
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < 50_000; i++) {
            byte[] noise = new byte[random.nextInt(120)];
            random.nextBytes(noise);
            if (noise.length > 10 && random.nextInt(8) != 0) { // past the head, mostly
                noise[8] = 1;
                noise[9] = (byte) (1 + random.nextInt(6));
            }
            decodeOrMalformed(noise);
        }
    }

    @Test
    void aFormatFromTheFutureIsRefusedInWords() {
        byte[] encoded = TransactionCodec.encode(transactions().get(0));
        encoded[8] = 2;

        assertThatThrownBy(() -> TransactionCodec.decode(encoded))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("transaction format 2 is unknown");
    }

    @Test
    void aLeaderPutsItsTimeIntoWhatAFollowerEncoded() {
        Transaction transaction = transactions().get(0);
        byte[] encoded = TransactionCodec.encode(transaction);

        TransactionCodec.stampTime(encoded, 0x0102030405060708L);

        Transaction stamped = TransactionCodec.decode(encoded);
        assertThat(stamped.timeMillis()).isEqualTo(0x0102030405060708L);
        assertThat(stamped)
                .usingRecursiveComparison()
                .isEqualTo(new Transaction(0x0102030405060708L, transaction.origin(), transaction.body()));
        assertThatThrownBy(() -> TransactionCodec.stampTime(new byte[7], 1))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("a transaction of 7 bytes has no time");
    }

    @Test
    void aNumberIsPutIntoACopyAndNothingElseChanges() {
        for (Transaction transaction : transactions()) {
            byte[] encoded = TransactionCodec.encode(transaction);
            byte[] before = encoded.clone();

            byte[] renumbered = TransactionCodec.renumbered(encoded, 0x0102030405060708L);

            Transaction.Origin origin = transaction.origin();
            assertThat(TransactionCodec.decode(renumbered))
                    .usingRecursiveComparison()
                    .isEqualTo(new Transaction(
                            transaction.timeMillis(),
                            new Transaction.Origin(origin.peer(), origin.incarnation(), 0x0102030405060708L),
                            transaction.body()));
            assertThat(encoded).isEqualTo(before);
        }
    }

    private static void decodeOrMalformed(byte[] bytes) {
        try {
            TransactionCodec.encode(TransactionCodec.decode(bytes));
        } catch (MalformedBytesException expected) {
            assertThat(expected).hasMessageMatching("(?s).+");
        }
    }
}
