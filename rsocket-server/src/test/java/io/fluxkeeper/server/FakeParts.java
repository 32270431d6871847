package io.fluxkeeper.server;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.consensus.Effect;
import io.fluxkeeper.core.consensus.Membership;
import io.fluxkeeper.core.consensus.Role;
import io.fluxkeeper.core.journal.JournalBatch;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.replica.ReplicaEffect;
import io.fluxkeeper.core.replica.ReplicaInput;
import io.fluxkeeper.core.replica.ReplyHandle;
import io.fluxkeeper.server.config.HostPort;
import io.fluxkeeper.server.config.ServerConfig;
import io.fluxkeeper.server.loop.FakeJournal;
import io.fluxkeeper.server.loop.FakeStore;
import io.fluxkeeper.server.loop.Mailbox;
import io.fluxkeeper.server.loop.PeerFailure;
import io.fluxkeeper.server.loop.ReplicaExecutor;
import io.fluxkeeper.server.loop.ReplicaSteps;
import io.fluxkeeper.server.loop.ReplicaThread;
import io.fluxkeeper.server.loop.TreeSize;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Mono;

/** Parts without disk, network or consensus: the replica leads at its first tick, and does as a test says. */
final class FakeParts implements PeerParts {
    final List<String> story = new CopyOnWriteArrayList<>();
    final FakeJournal journal = new FakeJournal();
    final FakeStore store = new FakeStore();
    volatile RuntimeException openFailure;
    volatile RuntimeException clientsFailure;
    volatile HostPort webSocket;
    volatile boolean staysReady;
    volatile Mailbox mailbox;

    @Override
    public Opened open(ServerConfig config) {
        if (openFailure != null) {
            throw openFailure;
        }
        story.add("open");
        return new Opened(
                new Leader(),
                new TreeSize(),
                journal,
                store,
                store,
                Zxid.of(1, 2),
                Zxid.of(1, 2),
                0,
                1,
                "",
                () -> story.add("journal " + journal.calls.contains("close") + ", unlock"));
    }

    @Override
    public ReplicaExecutor replicaExecutor(ServerConfig config, PeerFailure failure) {
        return new ReplicaThread(failure);
    }

    @Override
    public Peers peers(Host host) {
        story.add("peers");
        return new FakePeers();
    }

    @Override
    public Clients clients(Host host) {
        if (clientsFailure != null) {
            throw clientsFailure;
        }
        story.add("clients");
        mailbox = host.mailbox();
        return new FakeClients(new HostPort("127.0.0.1", 7401));
    }

    private final class Leader implements ReplicaSteps {
        private boolean leads;

        @Override
        public void handle(ReplicaInput input, long nowMillis, List<ReplicaEffect> effects) {
            if (input instanceof ReplicaInput.Consensus && !leads) {
                leads = true;
                effects.add(new ReplicaEffect.StatusChanged(
                        new Effect.Status(Role.LEADING, Membership.FOUNDED, 3, new PeerId(1), 0, true, null)));
            } else if (input instanceof ReplicaInput.Demanded demanded) {
                effects.add(new ReplicaEffect.Persist(new JournalBatch(demanded.items(), Zxid.ZERO, List.of())));
            } else if (input instanceof ReplicaInput.Cancelled) {
                throw new IllegalStateException("gap in history");
            } else if (input instanceof ReplicaInput.ShutDown && !staysReady) {
                story.add("shut down");
                effects.add(new ReplicaEffect.ReadyToStop());
            }
        }

        @Override
        public void endOfDrain(List<ReplicaEffect> effects) {}

        @Override
        public boolean hasMoreToDo() {
            return false;
        }
    }

    private final class FakePeers implements Peers {
        @Override
        public HostPort address() {
            return new HostPort("127.0.0.1", 7501);
        }

        @Override
        public Mono<Void> close() {
            return Mono.fromRunnable(() -> story.add("peers closed"));
        }

        @Override
        public void send(ReplicaEffect.SendFrame frame) {}

        @Override
        public void disconnect(PeerId peer, long link, String reason) {}

        @Override
        public void stateTransfer(ReplicaEffect.StateTransfer effect) {}
    }

    private final class FakeClients implements Clients {
        private final HostPort address;

        FakeClients(HostPort address) {
            this.address = address;
        }

        @Override
        public HostPort address() {
            return address;
        }

        @Override
        public HostPort webSocketAddress() {
            return webSocket;
        }

        @Override
        public Mono<Void> close() {
            return Mono.fromRunnable(() -> story.add("clients closed"));
        }

        @Override
        public void reply(ReplyHandle handle, ServerReply reply) {}

        @Override
        public void emit(long subscription, List<WatchItem> items) {}

        @Override
        public void end(long subscription, ServerReply.Refused why) {}

        @Override
        public void close(long connection, String reason) {}

        @Override
        public void endOfDrain() {}
    }
}
