package io.fluxkeeper.client.session;

import io.fluxkeeper.client.FluxkeeperException;
import io.fluxkeeper.client.NotReachableException;
import io.fluxkeeper.client.PeerStatus;
import io.fluxkeeper.client.connection.Address;
import io.fluxkeeper.client.connection.Failures;
import io.fluxkeeper.client.connection.Link;
import io.fluxkeeper.client.connection.ReplyHandler;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Routes;
import io.fluxkeeper.core.protocol.ServerReply;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Asks one address for its status over a connection of its own. Touched by the client's loop only. */
public final class StatusRequest extends Answer<PeerStatus> implements ReplyHandler<ServerReply.Status> {
    private final ClientSession session;
    private final Address address;
    private @Nullable Disposable connecting;
    private @Nullable Disposable timeout;
    private @Nullable Link link;

    private StatusRequest(ClientSession session, Address address, CoreSubscriber<? super PeerStatus> actual) {
        super(actual);
        this.session = session;
        this.address = address;
    }

    /** Cold. What goes wrong is in the value: one peer that is down says nothing of the others. */
    public static Mono<PeerStatus> ask(ClientSession session, Address address) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super PeerStatus> actual) {
                StatusRequest request = new StatusRequest(session, address, actual);
                actual.onSubscribe(request);
                session.loop().execute(request::begin);
            }
        };
    }

    private void begin() {
        if (isCancelled()) {
            return;
        }
        timeout = session.loop()
                .after(
                        session.options().connectTimeout(),
                        () -> failed(new NotReachableException(address + " did not answer in time", null)));
        connecting = session.connector()
                .connect(
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
        session.loop().execute(this::stop);
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
