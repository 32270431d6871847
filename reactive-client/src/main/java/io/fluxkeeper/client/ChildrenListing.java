package io.fluxkeeper.client;

import io.fluxkeeper.client.session.ClientSession;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply.ChildNames;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One listing of one subscriber: a page is asked for when the one before is taken. */
final class ChildrenListing {
    private final ClientSession session;
    private final ChildrenSpec spec;

    /** Of the page that came last; null for none. Written on the client's loop, read by whoever cancels. */
    private volatile @Nullable Long pin;

    private ChildrenListing(ClientSession session, ChildrenSpec spec) {
        this.session = session;
        this.spec = spec;
    }

    static Flux<ChildNames> pages(ClientSession session, ChildrenSpec spec) {
        return Flux.defer(() -> {
            ChildrenListing listing = new ChildrenListing(session, spec);
            return listing.first().expand(listing::next).doOnCancel(listing::unpin);
        });
    }

    private Mono<ChildNames> first() {
        return page(spec.after(), spec.pinned() ? ClientRequest.Children.NEW_PIN : null, spec.freshness());
    }

    private Mono<ChildNames> next(ChildNames page) {
        boolean isLast = !page.more() || page.names().isEmpty();
        return isLast ? Mono.empty() : page(page.names().get(page.names().size() - 1), page.pin(), Freshness.local());
    }

    private Mono<ChildNames> page(@Nullable String after, @Nullable Long wanted, Freshness freshness) {
        return session.read(
                        Routes.ZNODE_CHILDREN,
                        freshness,
                        stamp -> new ClientRequest.Children(spec.path(), after, spec.pageSize(), wanted, stamp))
                .doOnNext(page -> pin = page.pin())
                .onErrorMap(RefusedException.class, refused -> {
                    boolean ended = refused.code() == ErrorCode.PIN_ENDED;
                    return ended ? new ListingEndedException(refused.refused(), after) : refused;
                });
    }

    /** Nobody will ask for the rest; should this not arrive, the peer lets go by itself after a while. */
    private void unpin() {
        Long held = pin;
        if (held != null) {
            session.read(Routes.ZNODE_UNPIN, stamp -> new ClientRequest.Unpin(held))
                    .subscribe(unpinned -> {}, failed -> {});
        }
    }
}
