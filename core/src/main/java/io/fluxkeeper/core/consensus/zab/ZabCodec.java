package io.fluxkeeper.core.consensus.zab;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.binary.BinaryReader;
import io.fluxkeeper.core.binary.BinaryWriter;
import io.fluxkeeper.core.binary.MalformedBytesException;
import io.fluxkeeper.core.consensus.EntryCodec;
import io.fluxkeeper.core.consensus.Introduction;
import io.fluxkeeper.core.consensus.PeerMessage;
import io.fluxkeeper.core.consensus.PeerMessageCodec;
import io.fluxkeeper.core.consensus.Role;
import org.jspecify.annotations.Nullable;

/** The byte form of {@link ZabMessage}s and of {@link Introduction}; tags 1 to 63 are of this family. */
public final class ZabCodec implements PeerMessageCodec {
    private static final int TAG_MAX = 63;
    private static final int INTRODUCTION = 1;
    private static final int VOTE = 2;
    private static final int FOLLOWER_INFO = 3;
    private static final int LEADER_INFO = 4;
    private static final int ACK_EPOCH = 5;
    private static final int DIFF = 6;
    private static final int TRUNC = 7;
    private static final int TRUNC_REFUSED = 8;
    private static final int SNAP = 9;
    private static final int SYNC_PROGRESS = 10;
    private static final int NEW_LEADER = 11;
    private static final int ACK_NEW_LEADER = 12;
    private static final int UP_TO_DATE = 13;
    private static final int PROPOSALS = 14;
    private static final int ACK = 15;
    private static final int COMMIT = 16;
    private static final int PING = 17;
    private static final int PONG = 18;
    private static final int ADMIT = 19;
    private static final int TAKE_OVER = 20;

    @Override
    public boolean owns(int tag) {
        return tag >= 1 && tag <= TAG_MAX;
    }

    @Override
    public boolean write(PeerMessage message, BinaryWriter out) {
        if (message instanceof Introduction introduction) {
            introduction.writeTo(out.writeByte(INTRODUCTION));
            return true;
        }
        if (message instanceof ZabMessage zab) {
            // Who sent it is the link's business.
            zab.handledBy(NOBODY, new Writing(out));
            return true;
        }
        return false;
    }

    private static final PeerId NOBODY = new PeerId(1);

    @Override
    public PeerMessage read(int tag, BinaryReader in) {
        return switch (tag) {
            case INTRODUCTION -> Introduction.readFrom(in);
            case VOTE -> readVote(in);
            case FOLLOWER_INFO ->
                new ZabMessage.FollowerInfo(in.readLong(), in.readLong(), readEpoch(in), in.readBoolean());
            case LEADER_INFO -> new ZabMessage.LeaderInfo(readBond(in));
            case ACK_EPOCH ->
                new ZabMessage.AckEpoch(readBond(in), in.readBoolean(), readEpoch(in), readZxid(in), in.readLong());
            case DIFF -> new ZabMessage.Diff(readBond(in), readZxid(in), in.readLong());
            case TRUNC -> new ZabMessage.Trunc(readBond(in), readZxid(in), in.readLong());
            case TRUNC_REFUSED ->
                new ZabMessage.TruncRefused(readBond(in), in.readBoolean() ? readZxid(in) : null, in.readLong());
            case SNAP -> new ZabMessage.Snap(readBond(in), in.readLong(), readZxid(in), in.readLong(), in.readLong());
            case SYNC_PROGRESS -> new ZabMessage.SyncProgress(readBond(in), readZxid(in));
            case NEW_LEADER -> new ZabMessage.NewLeader(readBond(in), readZxid(in), in.readLong());
            case ACK_NEW_LEADER -> new ZabMessage.AckNewLeader(readBond(in), readZxid(in));
            case UP_TO_DATE -> new ZabMessage.UpToDate(readBond(in), readZxid(in));
            case PROPOSALS -> new ZabMessage.Proposals(readBond(in), EntryCodec.read(in));
            case ACK -> new ZabMessage.Ack(readBond(in), readZxid(in));
            case COMMIT -> new ZabMessage.Commit(readBond(in), readZxid(in));
            case PING -> new ZabMessage.Ping(readBond(in), in.readLong());
            case PONG -> new ZabMessage.Pong(readBond(in), in.readLong(), in.readBoolean());
            case ADMIT -> new ZabMessage.Admit(readBond(in));
            case TAKE_OVER -> new ZabMessage.TakeOver(readBond(in));
            default -> throw new MalformedBytesException("no message of Zab has tag " + tag);
        };
    }

    private static ZabMessage.Vote readVote(BinaryReader in) {
        int role = in.readByte();
        if (role >= Role.values().length) {
            throw new MalformedBytesException("there is no role " + role);
        }
        long round = in.readLong();
        return new ZabMessage.Vote(Role.values()[role], round, in.readBoolean() ? readCandidate(in) : null);
    }

    private static Candidate readCandidate(BinaryReader in) {
        long epoch = readEpoch(in);
        Zxid last = readZxid(in);
        int id = in.readByte();
        if (id < 1 || id > PeerId.MAX) {
            throw new MalformedBytesException("there is no peer " + id);
        }
        return new Candidate(epoch, last, new PeerId(id));
    }

    private static Bond readBond(BinaryReader in) {
        return new Bond(readEpoch(in), in.readLong());
    }

    private static long readEpoch(BinaryReader in) {
        long epoch = in.readLong();
        if (epoch < 0 || epoch > Zxid.EPOCH_MAX) {
            throw new MalformedBytesException("epoch " + epoch + " is outside 0.." + Zxid.EPOCH_MAX);
        }
        return epoch;
    }

    private static Zxid readZxid(BinaryReader in) {
        return new Zxid(in.readNotNegative("a zxid"));
    }

    /** Complete by the compiler: a new message does not build until it has bytes. */
    private record Writing(BinaryWriter out) implements ZabMessage.Handler {
        private BinaryWriter tagged(int tag, Bond bond) {
            return out.writeByte(tag).writeLong(bond.epoch()).writeLong(bond.join());
        }

        private BinaryWriter tagged(int tag, Bond bond, Zxid zxid) {
            return tagged(tag, bond).writeLong(zxid.value());
        }

        @Override
        public void onVote(PeerId from, ZabMessage.Vote vote) {
            Candidate candidate = vote.candidate();
            out.writeByte(VOTE)
                    .writeByte(vote.role().ordinal())
                    .writeLong(vote.round())
                    .writeBoolean(candidate != null);
            if (candidate != null) {
                out.writeLong(candidate.currentEpoch())
                        .writeLong(candidate.last().value())
                        .writeByte(candidate.id().value());
            }
        }

        @Override
        public void onFollowerInfo(PeerId from, ZabMessage.FollowerInfo info) {
            out.writeByte(FOLLOWER_INFO)
                    .writeLong(info.ensembleId())
                    .writeLong(info.join())
                    .writeLong(info.acceptedEpoch())
                    .writeBoolean(info.voter());
        }

        @Override
        public void onLeaderInfo(PeerId from, ZabMessage.LeaderInfo info) {
            tagged(LEADER_INFO, info.bond());
        }

        @Override
        public void onAckEpoch(PeerId from, ZabMessage.AckEpoch ack) {
            tagged(ACK_EPOCH, ack.bond())
                    .writeBoolean(ack.counts())
                    .writeLong(ack.currentEpoch())
                    .writeLong(ack.last().value())
                    .writeLong(ack.chain());
        }

        @Override
        public void onDiff(PeerId from, ZabMessage.Diff diff) {
            tagged(DIFF, diff.bond(), diff.from()).writeLong(diff.chain());
        }

        @Override
        public void onTrunc(PeerId from, ZabMessage.Trunc trunc) {
            tagged(TRUNC, trunc.bond(), trunc.to()).writeLong(trunc.chain());
        }

        @Override
        public void onTruncRefused(PeerId from, ZabMessage.TruncRefused refused) {
            @Nullable Zxid held = refused.held();
            tagged(TRUNC_REFUSED, refused.bond()).writeBoolean(held != null);
            if (held != null) {
                out.writeLong(held.value());
            }
            out.writeLong(refused.chain());
        }

        @Override
        public void onSnap(PeerId from, ZabMessage.Snap snap) {
            tagged(SNAP, snap.bond())
                    .writeLong(snap.transfer())
                    .writeLong(snap.zxid().value())
                    .writeLong(snap.chain())
                    .writeLong(snap.digest());
        }

        @Override
        public void onSyncProgress(PeerId from, ZabMessage.SyncProgress progress) {
            tagged(SYNC_PROGRESS, progress.bond(), progress.received());
        }

        @Override
        public void onNewLeader(PeerId from, ZabMessage.NewLeader newLeader) {
            tagged(NEW_LEADER, newLeader.bond(), newLeader.last()).writeLong(newLeader.chain());
        }

        @Override
        public void onAckNewLeader(PeerId from, ZabMessage.AckNewLeader ack) {
            tagged(ACK_NEW_LEADER, ack.bond(), ack.last());
        }

        @Override
        public void onUpToDate(PeerId from, ZabMessage.UpToDate upToDate) {
            tagged(UP_TO_DATE, upToDate.bond(), upToDate.committed());
        }

        @Override
        public void onProposals(PeerId from, ZabMessage.Proposals proposals) {
            EntryCodec.write(proposals.entries(), tagged(PROPOSALS, proposals.bond()));
        }

        @Override
        public void onAck(PeerId from, ZabMessage.Ack ack) {
            tagged(ACK, ack.bond(), ack.last());
        }

        @Override
        public void onCommit(PeerId from, ZabMessage.Commit commit) {
            tagged(COMMIT, commit.bond(), commit.last());
        }

        @Override
        public void onPing(PeerId from, ZabMessage.Ping ping) {
            tagged(PING, ping.bond()).writeLong(ping.round());
        }

        @Override
        public void onPong(PeerId from, ZabMessage.Pong pong) {
            tagged(PONG, pong.bond()).writeLong(pong.round()).writeBoolean(pong.diskLow());
        }

        @Override
        public void onAdmit(PeerId from, ZabMessage.Admit admit) {
            tagged(ADMIT, admit.bond());
        }

        @Override
        public void onTakeOver(PeerId from, ZabMessage.TakeOver takeOver) {
            tagged(TAKE_OVER, takeOver.bond());
        }
    }
}
