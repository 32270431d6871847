package io.fluxkeeper.server.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fluxkeeper.core.protocol.ErrorCode;
import io.fluxkeeper.core.protocol.MalformedRequestException;
import io.fluxkeeper.core.protocol.PipelineFormat;
import io.fluxkeeper.core.protocol.Routes;
import io.netty.buffer.ByteBuf;
import io.rsocket.metadata.WellKnownMimeType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the route that a request's metadata names; reads bytes in place and makes no object for a known route. */
final class RouteTable {
    /** A route, its name's bytes and its place in {@link Routes#ALL}. */
    record Entry(Routes.Route<?, ?> route, byte[] name, int index) {}

    /** The first bit of an entry's type: a number from RSocket's list follows, not the length of a name. */
    private static final int WELL_KNOWN = 0x80;

    private static final int ROUTING_ID = WellKnownMimeType.MESSAGE_RSOCKET_ROUTING.getIdentifier() & 0x7f;
    private static final byte[] ROUTING_NAME =
            WellKnownMimeType.MESSAGE_RSOCKET_ROUTING.getString().getBytes(US_ASCII);

    private static final byte[] PIPELINE = PipelineFormat.ROUTE.getBytes(US_ASCII);

    /** Most characters of an unknown route that the refusal repeats. */
    private static final int QUOTED_BYTES_MAX = 60;

    /** By the length of the name. */
    private static final Entry[][] BY_LENGTH = byLength();

    private RouteTable() {}

    /** @param composite whether the metadata is composite; else it is routing metadata alone */
    static Entry find(ByteBuf metadata, boolean composite) throws MalformedRequestException {
        return readTag(composite ? routingIn(metadata) : metadata);
    }

    /** Refuses every route but that of the pipeline; parameters as above. */
    static void requirePipeline(ByteBuf metadata, boolean composite) throws MalformedRequestException {
        ByteBuf tag = composite ? routingIn(metadata) : metadata;
        int length = tagLength(tag);
        if (!equal(tag, tag.readerIndex() + 1, length, PIPELINE)) {
            throw malformed(readTag(tag).route() + " is no request-channel; " + PipelineFormat.ROUTE + " is one");
        }
    }

    /** The content of the entry that names the route. */
    private static ByteBuf routingIn(ByteBuf metadata) throws MalformedRequestException {
        int at = metadata.readerIndex();
        int end = metadata.writerIndex();
        while (at < end) {
            int type = metadata.getUnsignedByte(at);
            boolean wellKnown = (type & WELL_KNOWN) != 0;
            int nameLength = wellKnown ? 0 : type + 1;
            int lengthAt = at + 1 + nameLength;
            if (lengthAt + 3 > end) {
                throw malformed("the composite metadata ends inside an entry");
            }
            int contentAt = lengthAt + 3;
            int contentEnd = contentAt + metadata.getUnsignedMedium(lengthAt);
            if (contentEnd > end) {
                throw malformed("the composite metadata ends inside an entry");
            }
            if (wellKnown ? (type & ~WELL_KNOWN) == ROUTING_ID : equal(metadata, at + 1, nameLength, ROUTING_NAME)) {
                return metadata.slice(contentAt, contentEnd - contentAt);
            }
            at = contentEnd;
        }
        throw malformed("the metadata names no route: message/x.rsocket.routing.v0 is missing");
    }

    /** Reads over a tag: a byte with its length, then the route. Routing metadata is a list of them; ours has one. */
    static Entry readTag(ByteBuf tags) throws MalformedRequestException {
        int length = tagLength(tags);
        int at = tags.readerIndex() + 1;
        tags.skipBytes(1 + length);
        Entry found = lookUp(tags, at, length);
        if (found != null) {
            return found;
        }
        if (equal(tags, at, length, PIPELINE)) {
            throw malformed(PipelineFormat.ROUTE + " is a request-channel");
        }
        String head = tags.toString(at, Math.min(length, QUOTED_BYTES_MAX), UTF_8);
        throw new MalformedRequestException(
                ErrorCode.UNKNOWN_ROUTE, "no route \"" + printable(head) + "\"; there are " + names());
    }

    private static int tagLength(ByteBuf tags) throws MalformedRequestException {
        int length = tags.isReadable() ? tags.getUnsignedByte(tags.readerIndex()) : 0;
        if (1 + length > tags.readableBytes() && length > 0) {
            throw malformed("the routing metadata ends inside its tag");
        }
        if (length == 0) {
            throw malformed("the metadata names no route: its first tag is empty");
        }
        return length;
    }

    private static @Nullable Entry lookUp(ByteBuf metadata, int at, int length) {
        if (length >= BY_LENGTH.length) {
            return null;
        }
        for (Entry entry : BY_LENGTH[length]) {
            if (equal(metadata, at, length, entry.name)) {
                return entry;
            }
        }
        return null;
    }

    private static boolean equal(ByteBuf bytes, int at, int length, byte[] wanted) {
        if (length != wanted.length) {
            return false;
        }
        for (int i = length - 1; i >= 0; i--) { // routes differ at their ends
            if (bytes.getByte(at + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private static String names() {
        List<String> names = new ArrayList<>();
        Routes.ALL.forEach(route -> names.add(route.name()));
        names.add(PipelineFormat.ROUTE);
        return String.join(", ", names);
    }

    private static String printable(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints()
                .forEach(c -> safe.appendCodePoint(Character.isLetterOrDigit(c) || c > ' ' && c < 127 ? c : '?'));
        return safe.toString();
    }

    private static MalformedRequestException malformed(String message) {
        return new MalformedRequestException(ErrorCode.MALFORMED, message);
    }

    private static Entry[][] byLength() {
        int longest = Routes.ALL.stream()
                .mapToInt(route -> route.name().length())
                .max()
                .orElse(0);
        Entry[][] byLength = new Entry[longest + 1][];
        for (int length = 0; length <= longest; length++) {
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < Routes.ALL.size(); i++) {
                Routes.Route<?, ?> route = Routes.ALL.get(i);
                if (route.name().length() == length) {
                    entries.add(new Entry(route, route.name().getBytes(US_ASCII), i));
                }
            }
            byLength[length] = entries.toArray(Entry[]::new);
        }
        return byLength;
    }
}
