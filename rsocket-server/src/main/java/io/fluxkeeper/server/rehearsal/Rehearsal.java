package io.fluxkeeper.server.rehearsal;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.consensus.AtomicBroadcast;
import io.fluxkeeper.core.consensus.Ensemble;
import io.fluxkeeper.core.protocol.ClientRequest;
import io.fluxkeeper.core.protocol.Operation;
import io.fluxkeeper.core.protocol.ReadStamp;
import io.fluxkeeper.core.protocol.ServerReply;
import io.fluxkeeper.core.protocol.WatchScope;
import io.fluxkeeper.core.protocol.WriteStamp;
import io.fluxkeeper.core.replica.PeerFrameCodec;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Plays what a peer does seldom and then in a hurry: an election, clients' requests at a leader and at a follower, the
 * leader's death, sessions that move. A JVM loads a class and works out how to read a message when it first meets one,
 * and interprets what it has not met often; without this a young peer does all that while the ensemble waits for its
 * new leader. Nothing of the play is kept, nothing leaves this process.
 */
public final class Rehearsal {
    /** Enough of each for the JVM's first compiler to take notice. */
    private static final int WRITES = 200;

    private static final int TICKS_MAX = 1_000;
    private static final int SESSION_MILLIS = 10_000;
    private static final ZnodePath PATH = ZnodePath.of("/rehearsal");
    private static final byte[] DATA = new byte[100];

    private final Stage stage;
    private int answered;

    /**
     * @param broadcasts an algorithm's peer that has nothing on its disk
     * @param frames writes and reads what that algorithm's peers tell one another
     */
    public Rehearsal(Function<Ensemble, AtomicBroadcast> broadcasts, PeerFrameCodec frames) {
        stage = new Stage(broadcasts, frames);
    }

    /**
     * Plays it once; takes about a second of one core in a JVM that has just started.
     *
     * @return requests that were answered, which is how it is known to have been played to its end
     * @throws IllegalStateException if the play gets stuck
     */
    public int play() {
        until("an ensemble is founded", stage::allServe);
        Session first = open(stage.follower());
        Session second = open(leader());
        ask(first, new ClientRequest.Create(PATH.value(), DATA, CreateMode.PERSISTENT, null, first.next()));
        stage.watch(first.peer, watchAll(first.id), WRITES);
        write(first);
        write(second);
        everyOther(first);
        stage.kill(leader());
        until("there is another leader", () -> stage.leader() != null);
        attachAgain(second, stage.follower());
        attachAgain(first, leader());
        write(second);
        write(first);
        ask(first, new ClientRequest.CloseSession(first.next()));
        return answered;
    }

    private static ClientRequest.Watch watchAll(SessionId session) {
        return new ClientRequest.Watch(PATH, WatchScope.SUBTREE, null, null, null, null, true, true, session, null);
    }

    private void until(String goal, BooleanSupplier reached) {
        for (int tick = 0; !reached.getAsBoolean(); tick++) {
            if (tick == TICKS_MAX) {
                throw new IllegalStateException("not within " + TICKS_MAX + " ticks: " + goal);
            }
            stage.tick();
        }
    }

    private PeerId leader() {
        PeerId leader = stage.leader();
        if (leader == null) {
            throw new IllegalStateException("there is no leader");
        }
        return leader;
    }

    @SuppressWarnings("NullAway") // it does not read from class files that the password, an array, may be null
    private Session open(PeerId peer) {
        ServerReply reply = stage.ask(peer, new ClientRequest.OpenSession(SESSION_MILLIS, null, null, null));
        if (reply instanceof ServerReply.SessionOpened opened) {
            answered++;
            return new Session(peer, opened.session(), opened.password());
        }
        throw new IllegalStateException("no session but " + reply);
    }

    private void attachAgain(Session session, PeerId peer) {
        session.peer = peer;
        ask(session, new ClientRequest.OpenSession(SESSION_MILLIS, session.id, session.password, null));
    }

    private void write(Session session) {
        for (int i = 0; i < WRITES; i++) {
            ask(session, new ClientRequest.SetData(PATH, DATA, Operation.ANY_VERSION, session.next()));
        }
    }

    private void everyOther(Session session) {
        ReadStamp read = new ReadStamp(session.id, 0, null);
        ZnodePath child = ZnodePath.of(PATH.value() + "/child");
        ask(session, new ClientRequest.GetData(PATH, read));
        ask(session, new ClientRequest.Exists(PATH, read));
        ask(session, new ClientRequest.Children(PATH, null, null, read));
        ask(session, new ClientRequest.Sync(read));
        ask(session, new ClientRequest.EnsembleStatus());
        ask(session, new ClientRequest.Heartbeat(session.id));
        ask(session, new ClientRequest.Create(child.value(), DATA, CreateMode.EPHEMERAL, null, session.next()));
        ask(
                session,
                new ClientRequest.Multi(
                        List.of(
                                new Operation.Check(PATH, Operation.ANY_VERSION),
                                new Operation.SetData(PATH, DATA, Operation.ANY_VERSION)),
                        session.next()));
        ask(session, new ClientRequest.Delete(child, Operation.ANY_VERSION, session.next()));
    }

    private void ask(Session session, ClientRequest request) {
        ServerReply reply = stage.ask(session.peer, request);
        if (reply instanceof ServerReply.Refused refused) {
            throw new IllegalStateException(request + " was refused: " + refused.message());
        }
        answered++;
    }

    /** A client's session. */
    private static final class Session {
        private final SessionId id;
        private final byte[] password;
        private PeerId peer;
        private long cxid;

        Session(PeerId peer, SessionId id, byte[] password) {
            this.peer = peer;
            this.id = id;
            this.password = password;
        }

        WriteStamp next() {
            cxid++;
            return new WriteStamp(id, cxid, cxid - 1);
        }
    }
}
