package io.fluxkeeper.client.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses, their order, and the waits between attempts. */
class AddressTest {
    @ParameterizedTest
    @CsvSource({"peer.example:7401,peer.example,7401", "127.0.0.1:1,127.0.0.1,1", "[::1]:65535,::1,65535"})
    void readsAndPrintsAnAddress(String text, String host, int port) {
        assertThat(Address.parse(text)).isEqualTo(new Address(host, port)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "peer,'an address is HOST:PORT, not \"peer\"'",
        ":1,an address is HOST:PORT; the host is missing",
        "peer:0,'a port is 1..65535, not 0'",
        "peer:x,'the port is missing or no number in \"peer:x\"'",
        "::1:7401,'an IPv6 address is written [ADDRESS]:PORT, not \"::1:7401\"'"
    })
    void saysWhatIsWrongWithAnAddress(String text, String wrong) {
        assertThatThrownBy(() -> Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(wrong);
    }

    @Test
    void goesRoundAllAddressesInAnOrderOfItsOwn() {
        List<Address> given = List.of(new Address("a", 1), new Address("b", 1), new Address("c", 1));
        Addresses addresses = new Addresses(given, new Random(7));
        List<Address> round = List.of(addresses.next(), addresses.next(), addresses.next());
        assertThat(round).containsExactlyInAnyOrderElementsOf(given);
        assertThat(List.of(addresses.next(), addresses.next(), addresses.next()))
                .isEqualTo(round);
    }

    @Test
    void waitsGrowUpToTheLongestAndBeginAnewAfterASuccess() {
        Backoff backoff = new Backoff(Duration.ofMillis(20), Duration.ofMillis(100), new Random(7));
        for (int whole : new int[] {20, 40, 80, 100, 100}) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(whole / 2), Duration.ofMillis(whole));
        }
        backoff.reset();
        assertThat(backoff.next()).isBetween(Duration.ofMillis(10), Duration.ofMillis(20));
    }
}
