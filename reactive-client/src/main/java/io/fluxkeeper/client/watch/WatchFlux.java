package io.fluxkeeper.client.watch;

import io.fluxkeeper.client.TreeEvent;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** A watch or an observation before anybody subscribed; each subscription is a stream of its own. */
public final class WatchFlux extends Flux<TreeEvent> {
    private final StreamSpec spec;
    private final WatchHost host;

    public WatchFlux(StreamSpec spec, WatchHost host) {
        this.spec = spec;
        this.host = host;
    }

    @Override
    public void subscribe(CoreSubscriber<? super TreeEvent> actual) {
        WatchSubscription subscription = new WatchSubscription(spec, host, actual);
        actual.onSubscribe(subscription);
        host.loop().execute(subscription::begin);
    }
}
