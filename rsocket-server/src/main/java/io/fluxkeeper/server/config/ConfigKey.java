package io.fluxkeeper.server.config;

import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.consensus.Algorithm;
import io.fluxkeeper.core.replica.ReplicaConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Function;

/**
 * A key of the configuration, as it is written in the file. {@code rsocket-server/docs/configuration.md} describes each;
 * a test compares.
 *
 * @param name with dots between the levels of the file
 * @param defaultText the value when it is not given; empty for none
 * @param allowed completes "allowed is …"
 */
public record ConfigKey<T>(String name, String defaultText, String allowed, Function<String, T> parser) {
    private static final List<ConfigKey<?>> ALL = new ArrayList<>();

    private static final String COUNT = "a whole number, 1 or more";
    private static final String SIZE = "a size such as 512KiB, 8MiB or 1GiB";
    private static final String TIME = "a time such as 50ms, 10s or 2m, 8760h at most";

    public static final ConfigKey<PeerId> ID = key("id", "", "a whole number from 1 to 255", ConfigValues::peerId);
    public static final ConfigKey<SortedMap<PeerId, PeerAddress>> ENSEMBLE = key(
            "ensemble",
            "",
            "ID=HOST:PEERPORT:CLIENTPORT for each peer, ids from 1 to 255, ports from 0 to 65535, each id once",
            ConfigValues::ensemble);
    public static final ConfigKey<HostPort> CLIENT =
            key("client", "", "HOST:PORT, the port from 0 to 65535", ConfigValues::hostPort);
    public static final ConfigKey<Integer> WEBSOCKET_PORT =
            key("webSocketPort", "off", "off or a port from 0 to 65535", text -> text.equals("off") ? -1 : port(text));
    public static final ConfigKey<Path> DATA = key("data", "fluxkeeper-data", "a directory", ConfigValues::path);
    public static final ConfigKey<Algorithm> CONSENSUS = key(
            "consensus",
            "zab",
            "zab or multi-paxos",
            text -> Algorithm.of(text).orElseThrow(IllegalArgumentException::new));
    public static final ConfigKey<Boolean> ACCEPT_LOSS =
            key("acceptLoss", "false", "true or false", ConfigValues::yesOrNo);
    public static final ConfigKey<SortedSet<PeerId>> FOUND =
            key("found", "", "peer ids with commas between them, each once", ConfigValues::peerIds);
    public static final ConfigKey<Duration> SHUTDOWN_TIMEOUT =
            key("shutdownTimeout", "10s", TIME, ConfigValues::duration);

    public static final ConfigKey<Duration> TICK_TIME =
            key("timing.tickTime", "50ms", "a time from 10ms to 10s", ConfigValues::duration);
    public static final ConfigKey<Integer> PING_TICKS = count("timing.pingTicks", "4");
    public static final ConfigKey<Integer> SYNC_TICKS = count("timing.syncTicks", "30");
    public static final ConfigKey<Integer> INIT_TICKS = count("timing.initTicks", "60");
    public static final ConfigKey<Integer> DISK_STALL_TICKS = count("timing.diskStallTicks", "60");

    public static final ConfigKey<Integer> LIVE_INPUTS_MAX = count("mailbox.liveInputsMax", "10000");
    public static final ConfigKey<Integer> CLIENT_INPUTS_MAX = count("mailbox.clientInputsMax", "10000");
    public static final ConfigKey<Integer> DRAIN_INPUTS_MAX = count("mailbox.drainInputsMax", "4096");
    public static final ConfigKey<Integer> LANE_QUOTA = count("mailbox.laneQuota", "256");

    public static final ConfigKey<ReplicaThreading> REPLICA_THREAD =
            key("replica.thread", "auto", "auto, own or shared", ReplicaThreading::of);
    public static final ConfigKey<Integer> PENDING_WRITES_MAX = count("replica.pendingWritesMax", "20000");
    public static final ConfigKey<Integer> WAITING_READS_MAX = count("replica.waitingReadsMax", "10000");
    public static final ConfigKey<Duration> READ_WAIT = key("replica.readWait", "5s", TIME, ConfigValues::duration);
    public static final ConfigKey<Integer> SUBSCRIPTIONS_MAX = count("replica.subscriptionsMax", "200000");
    public static final ConfigKey<Long> CHANGE_LOG_MEMORY =
            key("replica.changeLogMemory", "8MiB", SIZE, ConfigValues::bytes);
    public static final ConfigKey<Integer> SLICE_MAX = count("replica.sliceMax", "1000");
    public static final ConfigKey<Duration> BOOKMARK_INTERVAL =
            key("replica.bookmarkInterval", "1s", TIME, ConfigValues::duration);
    public static final ConfigKey<Duration> SUBSCRIBER_STALL_TIME =
            key("replica.subscriberStallTime", "10m", TIME, ConfigValues::duration);
    public static final ConfigKey<Long> REPLY_BYTES_MAX =
            key("replica.replyBytesMax", "1MiB", "a size from 64KiB to 2MiB", ConfigKey::replyBytes);

    public static final ConfigKey<Long> TREE_BYTES_MAX =
            key("replica.treeBytesMax", "auto", "auto or " + SIZE, ConfigKey::treeBytes);

    public static final ConfigKey<Integer> REQUEST_BYTES_MAX =
            key("limits.requestBytesMax", "1536KiB", "a size from 1KiB to 1920KiB", ConfigKey::requestBytes);

    public static final ConfigKey<Duration> IDLE_AFTER =
            key("journal.idleAfter", "100ms", TIME, ConfigValues::duration);
    public static final ConfigKey<Duration> SPACE_CHECK_INTERVAL =
            key("journal.spaceCheckInterval", "1s", TIME, ConfigValues::duration);
    public static final ConfigKey<Long> FREE_BYTES_MIN =
            key("journal.freeBytesMin", "256MiB", SIZE, ConfigValues::bytes);

    public static final ConfigKey<Long> COMMIT_BYTES = key("store.commitBytes", "8MiB", SIZE, ConfigValues::bytes);
    public static final ConfigKey<Duration> COMMIT_INTERVAL =
            key("store.commitInterval", "1s", TIME, ConfigValues::duration);
    public static final ConfigKey<Integer> CHANGES_MAX = count("store.changesMax", "200000");

    public static final ConfigKey<Integer> HISTORY_ENTRIES_KEPT =
            key("history.entriesKept", "100000", "a whole number, 0 or more", text -> ConfigValues.count(text, 0));

    /** Every key, in the order of the documentation. */
    public static List<ConfigKey<?>> all() {
        return Collections.unmodifiableList(ALL);
    }

    /** @throws ConfigException naming the key and what is allowed */
    T parse(String text) {
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException refused) {
            throw ConfigException.notAllowed(name, text, allowed);
        }
    }

    private static <T> ConfigKey<T> key(String name, String defaultText, String allowed, Function<String, T> parser) {
        ConfigKey<T> key = new ConfigKey<>(name, defaultText, allowed, parser);
        ALL.add(key);
        return key;
    }

    private static ConfigKey<Integer> count(String name, String defaultText) {
        return key(name, defaultText, COUNT, text -> ConfigValues.count(text, 1));
    }

    private static int port(String text) {
        return new HostPort("any", ConfigValues.count(text, 0)).port();
    }

    /** A request becomes an entry, and what peers send each other in one piece is 2 MiB at most. */
    private static int requestBytes(String text) {
        return (int) size(text, 1 << 10, 1_920 << 10);
    }

    /** The upper end leaves room for base64 and quotes below the longest message, 4 MiB. */
    private static long replyBytes(String text) {
        return size(text, 64 << 10, 2 << 20);
    }

    private static long treeBytes(String text) {
        return text.equals("auto") ? ReplicaConfig.Bounds.DEFAULT.treeBytesMax() : ConfigValues.bytes(text);
    }

    private static long size(String text, long min, long max) {
        long bytes = ConfigValues.bytes(text);
        if (bytes < min || bytes > max) {
            throw new IllegalArgumentException();
        }
        return bytes;
    }
}
