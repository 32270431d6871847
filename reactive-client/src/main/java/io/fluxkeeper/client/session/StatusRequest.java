package io.fluxkeeper.client.session;

import io.fluxkeeper.client.ClientOptions;
import io.fluxkeeper.client.FluxkeeperException;
import io.fluxkeeper.client.NotReachableException;
import io.fluxkeeper.client.PeerStatus;
import io.fluxkeeper.client.connection.Address;
import io.fluxkeeper.client.connection.ClientLoop;
import io.fluxkeeper.client.connection.Connector;
import io.fluxkeeper.client.connection.Failures;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.ReplyHandler;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Asks one address for its status over a connection of its own. Touched by one loop only. */
public final class StatusRequest extends Answer<PeerStatus> implements ReplyHandler<ServerReply.Status> {
    private final ClientLoop loop;
    private final Connector connector;
    private final Duration patience;
    private final Address address;
    private @Nullable Disposable connecting;
    private @Nullable Disposable timeout;
    private @Nullable Link link;

    private StatusRequest(
            ClientOptions options, ClientLoop loop, Address address, CoreSubscriber<? super PeerStatus> actual) {
        super(actual);
        this.loop = loop;
        this.connector = new Connector(loop, options.connectTimeout(), options.keepAlive(), options.keepAliveTimeout());
        this.patience = options.connectTimeout();
        this.address = address;
    }

    /** Asks all addresses at once and answers in their order; cold. */
    public static Flux<PeerStatus> askAll(ClientOptions options, ClientLoop loop) {
        return Flux.fromIterable(options.addresses()).flatMapSequential(address -> ask(options, loop, address));
    }

    /** What goes wrong is in the value: one peer that is down says nothing of the others. */
    private static Mono<PeerStatus> ask(ClientOptions options, ClientLoop loop, Address address) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super PeerStatus> actual) {
                StatusRequest request = new StatusRequest(options, loop, address, actual);
                actual.onSubscribe(request);
                loop.execute(request::begin);
            }
        };
    }

    private void begin() {
        if (isCancelled()) {
            return;
        }
        timeout = loop.after(
                patience, () -> failed(new NotReachableException(address + " did not answer in time", null)));
        connecting = connector.connect(
                address,
                connected -> {
                    link = connected;
                    connected.request(Routes.ENSEMBLE_STATUS, new ClientRequest.EnsembleStatus(), 0, this);
                },
                cause -> onLost(cause, 0));
    }

    @Override
    public void onReply(ServerReply.Status status, int attempt) {
        stop();
        succeed(new PeerStatus(address.toString(), status, null));
    }

    @Override
    public void onRefused(ServerReply.Refused refused, int attempt) {
        failed(Refusals.exceptionOf(refused, 0));
    }

    @Override
    public void onLost(Throwable cause, int attempt) {
        failed(new NotReachableException(address + ": " + Failures.inWords(cause), cause));
    }

    @Override
    void cancelled() {
        loop.execute(this::stop);
    }

    private void failed(FluxkeeperException why) {
        stop();
        succeed(new PeerStatus(address.toString(), null, why));
    }

    private void stop() {
        if (timeout != null) {
            timeout.dispose();
        }
        if (connecting != null) {
            connecting.dispose();
        }
        if (link != null) {
            link.close();
        }
    }
}
