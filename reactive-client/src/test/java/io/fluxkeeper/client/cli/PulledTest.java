package io.fluxkeeper.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class PulledTest {
    @Test
    void aFailureDoesNotOvertakeWhatWasFetchedAhead() {
        Pulled<String> pulled =
                new Pulled<>(Flux.just("a", "b").concatWith(Flux.error(new IllegalStateException("late"))), 64);
        List<String> seen = new ArrayList<>();

        assertThatThrownBy(() -> pulled.forEachRemaining(seen::add)).hasMessage("late");

        assertThat(seen).containsExactly("a", "b");
    }

    @Test
    void itEndsBehindTheLast() {
        Pulled<Integer> pulled = new Pulled<>(Flux.range(1, 3), 2);

        assertThat(pulled.hasNext()).isTrue();
        assertThat(pulled.next()).isEqualTo(1);
        assertThat(pulled.next()).isEqualTo(2);
        assertThat(pulled.next()).isEqualTo(3);
        assertThat(pulled.hasNext()).isFalse();
        assertThatThrownBy(pulled::next).isInstanceOf(NoSuchElementException.class);
    }
}
