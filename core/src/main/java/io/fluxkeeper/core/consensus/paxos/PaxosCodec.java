package io.fluxkeeper.core.consensus.paxos;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.DurableRecord;
import io.fluxkeeper.core.consensus.EntryCodec;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import java.util.ArrayList;
import java.util.List;

/** The byte form of {@link PaxosMessage}: tag, then the record's fields in their order. Tags 128 to 191. */
public final class PaxosCodec implements PeerMessageCodec {
    private static final int INTRODUCTION = 128;
    private static final int PROBE = 129;
    private static final int PROBE_ANSWER = 130;
    private static final int PREPARE = 131;
    private static final int PROMISE = 132;
    private static final int NACK = 133;
    private static final int FETCH = 134;
    private static final int LEARN = 135;
    private static final int SNAP = 136;
    private static final int HEARTBEAT = 137;
    private static final int PONG = 138;
    private static final int JOIN = 139;
    private static final int ACCEPT = 140;
    private static final int ACCEPTED = 141;
    private static final int DECIDED = 142;
    private static final int ADMIT = 143;
    private static final int TAKE_OVER = 144;

    private static final int VOTE_BYTES_MIN = 20;
    private static final int PAYLOAD_BYTES_MIN = 4;
    private static final PeerId NOBODY = new PeerId(1);

    @Override
    public boolean owns(int tag) {
        return tag >= 128 && tag <= 191;
    }

    @Override
    public boolean write(PeerMessage message, BinaryWriter out) {
        if (message instanceof PaxosMessage paxos) {
            paxos.handledBy(NOBODY, new Writing(out));
            return true;
        }
        if (message instanceof Introduction introduction) {
            introduction.writeTo(out.writeByte(INTRODUCTION));
            return true;
        }
        return false;
    }

    @Override
    public PeerMessage read(int tag, BinaryReader in) {
        return switch (tag) {
            case INTRODUCTION -> Introduction.readFrom(in);
            case PROBE -> new PaxosMessage.Probe(in.readLong(), readZxid(in));
            case PROBE_ANSWER -> new PaxosMessage.ProbeAnswer(in.readLong(), in.readBoolean(), readBallot(in));
            case PREPARE -> new PaxosMessage.Prepare(readBallot(in), readZxid(in), in.readBoolean());
            case PROMISE ->
                new PaxosMessage.Promise(readBallot(in), readZxid(in), readVotes(in), in.readBoolean(), readZxid(in));
            case NACK -> new PaxosMessage.Nack(readBallot(in), readBallot(in));
            case FETCH -> new PaxosMessage.Fetch(readBallot(in), readZxid(in));
            case LEARN -> new PaxosMessage.Learn(readBallot(in), EntryCodec.read(in));
            case SNAP -> new PaxosMessage.Snap(readBond(in), in.readLong(), readZxid(in), in.readLong(), in.readLong());
            case HEARTBEAT -> new PaxosMessage.Heartbeat(readBallot(in), in.readLong());
            case PONG -> new PaxosMessage.Pong(readBond(in), in.readLong(), in.readBoolean());
            case JOIN ->
                new PaxosMessage.Join(readBond(in), in.readLong(), readZxid(in), in.readLong(), in.readBoolean());
            case ACCEPT -> new PaxosMessage.Accept(readBond(in), readZxid(in), readPayloads(in));
            case ACCEPTED -> new PaxosMessage.Accepted(readBond(in), readZxid(in));
            case DECIDED -> new PaxosMessage.Decided(readBond(in), readZxid(in), in.readLong(), in.readBoolean());
            case ADMIT -> new PaxosMessage.Admit(readBond(in));
            case TAKE_OVER -> new PaxosMessage.TakeOver(readBond(in));
            default -> throw new MalformedBytesException("no message of Multi-Paxos has tag " + tag);
        };
    }

    private static List<DurableRecord.Accepted> readVotes(BinaryReader in) {
        int count = in.readCount(VOTE_BYTES_MIN);
        List<DurableRecord.Accepted> votes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            votes.add(new DurableRecord.Accepted(readBallot(in).number(), readZxid(in), in.readBytes()));
        }
        return votes;
    }

    private static List<byte[]> readPayloads(BinaryReader in) {
        int count = in.readCount(PAYLOAD_BYTES_MIN);
        List<byte[]> payloads = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            payloads.add(in.readBytes());
        }
        return payloads;
    }

    private static Bond readBond(BinaryReader in) {
        return new Bond(readBallot(in), in.readLong());
    }

    private static Ballot readBallot(BinaryReader in) {
        return new Ballot(in.readNotNegative("a ballot"));
    }

    private static Zxid readZxid(BinaryReader in) {
        return new Zxid(in.readNotNegative("a zxid"));
    }

    private record Writing(BinaryWriter out) implements PaxosMessage.Handler {
        private BinaryWriter tagged(int tag, Ballot ballot) {
            return out.writeByte(tag).writeLong(ballot.number());
        }

        private BinaryWriter tagged(int tag, Bond bond) {
            return tagged(tag, bond.ballot()).writeLong(bond.stay());
        }

        @Override
        public void onProbe(PeerId from, PaxosMessage.Probe probe) {
            out.writeByte(PROBE).writeLong(probe.probe()).writeLong(probe.last().value());
        }

        @Override
        public void onProbeAnswer(PeerId from, PaxosMessage.ProbeAnswer answer) {
            out.writeByte(PROBE_ANSWER)
                    .writeLong(answer.probe())
                    .writeBoolean(answer.granted())
                    .writeLong(answer.promised().number());
        }

        @Override
        public void onPrepare(PeerId from, PaxosMessage.Prepare prepare) {
            tagged(PREPARE, prepare.ballot()).writeLong(prepare.from().value()).writeBoolean(prepare.takeOver());
        }

        @Override
        public void onPromise(PeerId from, PaxosMessage.Promise promise) {
            tagged(PROMISE, promise.ballot())
                    .writeLong(promise.from().value())
                    .writeInt(promise.votes().size());
            for (DurableRecord.Accepted vote : promise.votes()) {
                out.writeLong(vote.ballot()).writeLong(vote.slot().value()).writeBytes(vote.payload());
            }
            out.writeBoolean(promise.more()).writeLong(promise.decided().value());
        }

        @Override
        public void onNack(PeerId from, PaxosMessage.Nack nack) {
            tagged(NACK, nack.refused()).writeLong(nack.promised().number());
        }

        @Override
        public void onFetch(PeerId from, PaxosMessage.Fetch fetch) {
            tagged(FETCH, fetch.ballot()).writeLong(fetch.after().value());
        }

        @Override
        public void onLearn(PeerId from, PaxosMessage.Learn learn) {
            EntryCodec.write(learn.entries(), tagged(LEARN, learn.ballot()));
        }

        @Override
        public void onSnap(PeerId from, PaxosMessage.Snap snap) {
            tagged(SNAP, snap.bond())
                    .writeLong(snap.transfer())
                    .writeLong(snap.zxid().value())
                    .writeLong(snap.chain())
                    .writeLong(snap.digest());
        }

        @Override
        public void onHeartbeat(PeerId from, PaxosMessage.Heartbeat heartbeat) {
            tagged(HEARTBEAT, heartbeat.ballot()).writeLong(heartbeat.round());
        }

        @Override
        public void onPong(PeerId from, PaxosMessage.Pong pong) {
            tagged(PONG, pong.bond()).writeLong(pong.round()).writeBoolean(pong.diskLow());
        }

        @Override
        public void onJoin(PeerId from, PaxosMessage.Join join) {
            tagged(JOIN, join.bond())
                    .writeLong(join.ensembleId())
                    .writeLong(join.decided().value())
                    .writeLong(join.chain())
                    .writeBoolean(join.voter());
        }

        @Override
        public void onAccept(PeerId from, PaxosMessage.Accept accept) {
            tagged(ACCEPT, accept.bond())
                    .writeLong(accept.after().value())
                    .writeInt(accept.payloads().size());
            accept.payloads().forEach(out::writeBytes);
        }

        @Override
        public void onAccepted(PeerId from, PaxosMessage.Accepted accepted) {
            tagged(ACCEPTED, accepted.bond()).writeLong(accepted.last().value());
        }

        @Override
        public void onDecided(PeerId from, PaxosMessage.Decided decided) {
            tagged(DECIDED, decided.bond())
                    .writeLong(decided.last().value())
                    .writeLong(decided.chain())
                    .writeBoolean(decided.serve());
        }

        @Override
        public void onAdmit(PeerId from, PaxosMessage.Admit admit) {
            tagged(ADMIT, admit.bond());
        }

        @Override
        public void onTakeOver(PeerId from, PaxosMessage.TakeOver takeOver) {
            tagged(TAKE_OVER, takeOver.bond());
        }
    }
}
