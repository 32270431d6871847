package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.WatchEvent;
import io.fluxkeeper.client.WatchSpec;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** A watch before anybody subscribed; each subscription is a watch of its own. */
public final class WatchFlux extends Flux<WatchEvent> {
    private final WatchSpec spec;
    private final WatchHost host;

    public WatchFlux(WatchSpec spec, WatchHost host) {
        this.spec = spec;
        this.host = host;
    }

    @Override
    public void subscribe(CoreSubscriber<? super WatchEvent> actual) {
        WatchSubscription subscription = new WatchSubscription(spec, host, actual);
        actual.onSubscribe(subscription);
        host.loop().execute(subscription::begin);
    }
}
