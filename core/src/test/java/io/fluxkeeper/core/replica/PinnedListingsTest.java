package io.fluxkeeper.core.replica;

import static io.fluxkeeper.core.protocol.ClientRequest.Children.NEW_PIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.ServerReply.ChildNames;
import io.fluxkeeper.core.protocol.ServerReply.Refused;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Listings whose pages are all of one state, whatever happens between them. */
class PinnedListingsTest {
    private static final ZnodePath PARENT = ZnodePath.of("/p");
    private static final long CONNECTION = 1;

    private final ReplicaHarness harness = new ReplicaHarness().leads();
    private int asked;

    /** A listing under way, and what it must come to. */
    private static final class Listing {
        final List<String> expected;
        final List<String> listed = new ArrayList<>();
        ChildNames page;

        Listing(TreeSet<String> names, ChildNames first) {
            expected = List.copyOf(names);
            listed.addAll(first.names());
            page = first;
        }
    }

    @Test
    void everyPageIsOfTheMomentTheListingBegan() {
        SplittableRandom random = new SplittableRandom(7);
        TreeSet<String> names = new TreeSet<>();
        List<Listing> open = new ArrayList<>();
        ask(create(PARENT.value()));
        int whole = 0;
        for (int step = 0; step < 4_000; step++) {
            int luck = random.nextInt(10);
            String name = String.format("n%02d", random.nextInt(60));
            if (luck < 4) {
                if (names.add(name)) {
                    ask(create("/p/" + name));
                }
            } else if (luck < 7) {
                if (names.remove(name)) {
                    ask(delete("/p/" + name));
                }
            } else if (luck == 7 && open.size() < PinnedListings.PINS_MAX) {
                Listing listing = new Listing(names, (ChildNames) page(null, 3, NEW_PIN));
                if (listing.page.more()) {
                    open.add(listing);
                } else {
                    assertThat(listing.listed).isEqualTo(listing.expected);
                }
            } else if (!open.isEmpty()) {
                Listing listing = open.get(random.nextInt(open.size()));
                ChildNames before = listing.page;
                listing.page = (ChildNames)
                        page(listing.listed.get(listing.listed.size() - 1), 1 + random.nextInt(5), before.pin());
                listing.listed.addAll(listing.page.names());
                assertThat(listing.page.zxid()).isEqualTo(before.zxid());
                assertThat(listing.page.stat()).isEqualTo(before.stat());
                if (!listing.page.more()) {
                    assertThat(listing.listed).isEqualTo(listing.expected);
                    assertThat(listing.page.pin()).isNull();
                    open.remove(listing);
                    whole++;
                }
            }
        }
        assertThat(whole).isGreaterThan(50);
    }

    @Test
    void itGoesOnWhenTheZnodeItselfIsGone() {
        children("a", "b", "c");
        ChildNames first = (ChildNames) page(null, 1, NEW_PIN);
        for (String path : List.of("/p/a", "/p/b", "/p/c", "/p")) {
            assertThat(ask(delete(path))).isInstanceOf(ServerReply.Deleted.class);
        }

        ChildNames rest = (ChildNames) page("a", 10, first.pin());

        assertThat(rest.names()).containsExactly("b", "c");
        assertThat(rest.stat().numChildren()).isEqualTo(3);
    }

    @Test
    void aListingThatFitsOnePageNeedsNoPin() {
        children("a", "b");
        assertThat(((ChildNames) page(null, 2, NEW_PIN)).pin()).isNull();
        assertThat(((ChildNames) page(null, null, NEW_PIN)).names()).containsExactly("a", "b");
        assertThat(ask(request(ZnodePath.of("/none"), null, 1, NEW_PIN)))
                .isInstanceOfSatisfying(
                        Refused.class, none -> assertThat(none.code()).isEqualTo(ErrorCode.NO_NODE));
    }

    @Test
    void asManyArePinnedAsMayUntilOneEnds() {
        children("a", "b", "c");
        List<Long> pins = new ArrayList<>();
        for (int i = 0; i < PinnedListings.PINS_MAX; i++) {
            pins.add(((ChildNames) page(null, 1, NEW_PIN)).pin());
        }
        assertThat(pins).doesNotHaveDuplicates();
        assertRefused(page(null, 1, NEW_PIN), ErrorCode.LIMIT_REACHED);

        assertThat(ask(new ClientRequest.Unpin(pins.get(0)))).isInstanceOf(ServerReply.Unpinned.class);
        assertRefused(page("a", 1, pins.get(0)), ErrorCode.PIN_ENDED);
        assertThat(((ChildNames) page(null, 1, NEW_PIN)).pin()).isNotNull();

        page("a", 10, pins.get(1)); // to its end
        assertThat(((ChildNames) page(null, 1, NEW_PIN)).pin()).isNotNull();

        harness.drain(new ReplicaInput.ConnectionClosed(CONNECTION));
        assertRefused(page("a", 1, pins.get(2)), ErrorCode.PIN_ENDED);
        assertThat(((ChildNames) page(null, 1, NEW_PIN)).pin()).isNotNull();
    }

    @Test
    void itsTimeIsOverAfterAMinuteAndTheRefusalSaysWhereToGoOn() {
        children("a", "b", "c");
        long pin = ((ChildNames) page(null, 1, NEW_PIN)).pin();
        harness.ticks(PinnedListings.PIN_MILLIS_MAX / ReplicaHarness.TICK_MILLIS - 1);
        assertThat(((ChildNames) page("a", 1, pin)).names()).containsExactly("b");

        harness.ticks(1);

        assertThat(page("b", 1, pin)).isInstanceOfSatisfying(Refused.class, ended -> {
            assertThat(ended.code()).isEqualTo(ErrorCode.PIN_ENDED);
            assertThat(ended.path()).isEqualTo("/p");
            assertThat(ended.message()).endsWith("go on without it, or with a new one, after b");
        });
        assertThat(((ChildNames) page("b", 1, null)).names()).containsExactly("c");
    }

    @Test
    void tooManyChangesEndIt() {
        children("a", "b", "c");
        long pin = ((ChildNames) page(null, 1, NEW_PIN)).pin();
        int perMulti = 1_000;
        for (int i = 0; i < PinnedListings.PIN_CHANGES_MAX / perMulti; i++) {
            many(i, perMulti);
        }
        assertThat(((ChildNames) page("a", 1, pin)).names()).containsExactly("b");

        many(perMulti, 1);

        assertRefused(page("b", 1, pin), ErrorCode.PIN_ENDED);
    }

    @Test
    void itBelongsToItsConnectionAndItsZnode() {
        children("a", "b", "c");
        long pin = ((ChildNames) page(null, 1, NEW_PIN)).pin();

        String name = "elsewhere";
        harness.drain(ReplicaHarness.asks(CONNECTION + 1, name, request(PARENT, "a", 1, pin)));
        assertRefused(harness.reply(name), ErrorCode.PIN_ENDED);
        assertRefused(ask(request(ZnodePath.ROOT, "a", 1, pin)), ErrorCode.PIN_ENDED);
        assertThat(((ChildNames) page("a", 1, pin)).names()).containsExactly("b");
    }

    private void children(String... names) {
        ask(create(PARENT.value()));
        for (String name : names) {
            ask(create("/p/" + name));
        }
    }

    private void many(int round, int count) {
        List<Operation> creates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            creates.add(new Operation.Create("/p/z" + round + "-" + i, null, CreateMode.PERSISTENT, null));
        }
        assertThat(ask(new ClientRequest.Multi(creates, null))).isInstanceOf(ServerReply.MultiDone.class);
    }

    private ServerReply page(@Nullable String after, @Nullable Integer limit, @Nullable Long pin) {
        return ask(request(PARENT, after, limit, pin));
    }

    private static ClientRequest request(
            ZnodePath path, @Nullable String after, @Nullable Integer limit, @Nullable Long pin) {
        return new ClientRequest.Children(path, after, limit, pin, ReadStamp.NONE);
    }

    private ServerReply ask(ClientRequest request) {
        String name = "request " + ++asked;
        harness.drain(ReplicaHarness.asks(CONNECTION, name, request)).deliverAll();
        return harness.takeReply(name);
    }

    private static void assertRefused(ServerReply reply, ErrorCode code) {
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private static ClientRequest create(String path) {
        return new ClientRequest.Create(path, null, CreateMode.PERSISTENT, null, null);
    }

    private static ClientRequest delete(String path) {
        return new ClientRequest.Delete(ZnodePath.of(path), Operation.ANY_VERSION, null);
    }
}
