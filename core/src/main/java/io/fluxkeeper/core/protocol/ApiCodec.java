package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.fluxkeeper.core.Zxid;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The API's records as JSON or CBOR: the same fields either way, null ones left out. In JSON a number of 64 bits is a
 * decimal string (a browser's numbers have 53 bits) and bytes are base64; CBOR has both natively.
 *
 * <p>Requests are read strictly: a field that does not exist is refused by name, since what the caller meant by it
 * would not happen. Replies are read leniently: a newer peer may say more. Safe for any number of threads.
 */
public final class ApiCodec {
    /** Largest message that can be read, in bytes; what a server takes from its clients is less. */
    public static final int MESSAGE_BYTES_MAX = 4 << 20;

    /** Largest frame of RSocket: no message that arrived is larger. */
    private static final int FRAME_BYTES_MAX = 1 << 24;

    /** Deepest nesting; the deepest record, an operation's ACL in a multi, needs 6. */
    static final int NESTING_DEPTH_MAX = 16;

    /** Longest field name; the longest that exists has 15 characters. */
    static final int NAME_LENGTH_MAX = 100;

    /** Longest number as text: a sign and 19 digits. */
    static final int NUMBER_LENGTH_MAX = 20;

    /** How the bytes are written. */
    public enum Format {
        JSON("application/json"),
        CBOR("application/cbor");

        private final String mimeType;

        Format(String mimeType) {
            this.mimeType = mimeType;
        }

        /** As in RSocket's SETUP. */
        public String mimeType() {
            return mimeType;
        }

        /** Null for any other type. */
        public static @Nullable Format ofMimeType(String mimeType) {
            return JSON.mimeType.equalsIgnoreCase(mimeType)
                    ? JSON
                    : CBOR.mimeType.equalsIgnoreCase(mimeType) ? CBOR : null;
        }
    }

    private static final byte[] EMPTY_OBJECT_JSON = {'{', '}'};
    private static final byte[] EMPTY_OBJECT_CBOR = {(byte) 0xa0};

    /** Made when first asked for: a client that speaks one format does not pay for the other at its start. */
    private static final class Json {
        static final ApiCodec CODEC = new ApiCodec(Format.JSON);
    }

    private static final class Cbor {
        static final ApiCodec CODEC = new ApiCodec(Format.CBOR);
    }

    private final Format format;
    private final byte[] emptyObject;
    private final ObjectWriter writer;
    /** Without the bounds of what is read as a whole: it passes over everything but a stamp. */
    private final ObjectReader stamps;

    private final Map<Class<?>, ObjectReader> readers;

    private ApiCodec(Format format) {
        this.format = format;
        this.emptyObject = format == Format.JSON ? EMPTY_OBJECT_JSON : EMPTY_OBJECT_CBOR;
        ObjectMapper mapper = mapper(format, constraints(MESSAGE_BYTES_MAX, NESTING_DEPTH_MAX));
        this.writer = mapper.writer();
        this.readers = readers(mapper);
        this.stamps = mapper(format, constraints(FRAME_BYTES_MAX, StreamReadConstraints.DEFAULT_MAX_DEPTH))
                .readerFor(WriteStamp.class)
                .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    public static ApiCodec of(Format format) {
        return format == Format.JSON ? Json.CODEC : Cbor.CODEC;
    }

    public Format format() {
        return format;
    }

    /**
     * Reads a request; no bytes at all stand for a request without fields.
     *
     * @throws MalformedRequestException with a sentence that names the field and what is allowed
     */
    public <Q extends ClientRequest> Q readRequest(Class<Q> type, byte[] bytes, int offset, int length)
            throws MalformedRequestException {
        try {
            Object request =
                    length == 0 ? read(type, emptyObject, 0, emptyObject.length) : read(type, bytes, offset, length);
            if (request == null) {
                throw new MalformedRequestException(ErrorCode.MALFORMED, "the data is null, not an object");
            }
            return type.cast(request);
        } catch (IOException notReadable) {
            throw WhatIsWrong.with(notReadable, format);
        }
    }

    /**
     * Looks for the stamp of a write that cannot be read as its route wants: what is refused for good keeps its number.
     *
     * @return null when there is none, or no sound one, or the bytes are not one whole object
     */
    public @Nullable WriteStamp findStamp(InputStream bytes) {
        try (JsonParser parser = stamps.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            WriteStamp stamp = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isStamp = parser.currentName().equals("stamp");
                parser.nextToken();
                if (isStamp) {
                    stamp = stamps.readValue(parser);
                } else {
                    parser.skipChildren();
                }
            }
            return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null ? stamp : null;
        } catch (IOException notReadable) {
            return null;
        }
    }

    /**
     * Reads a reply or a watch item.
     *
     * @param type a record of {@link ServerReply}, or {@link WatchItem}
     * @throws IllegalArgumentException when the bytes are none; the peer speaks another protocol
     */
    public <R> R readReply(Class<R> type, byte[] bytes, int offset, int length) {
        Object reply;
        try {
            reply = read(type, bytes, offset, length);
        } catch (IOException notReadable) {
            throw new IllegalArgumentException(
                    "not a " + type.getSimpleName() + ": "
                            + WhatIsWrong.with(notReadable, format).getMessage(),
                    notReadable);
        }
        if (reply == null) {
            throw new IllegalArgumentException("not a " + type.getSimpleName() + ": null");
        }
        return type.cast(reply);
    }

    /** Writes a {@link ClientRequest}, a {@link ServerReply} or a {@link WatchItem}. */
    public void write(Object message, OutputStream out) throws IOException {
        writer.writeValue(out, message);
    }

    /** As {@link #write(Object, OutputStream)}, to a new array. */
    public byte[] write(Object message) {
        try {
            return writer.writeValueAsBytes(message);
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing " + message.getClass().getSimpleName() + " to memory", impossible);
        }
    }

    /** The data of an ERROR frame: one JSON object, for CBOR clients too. */
    public static String writeError(ServerReply.Refused refused) {
        return new String(Json.CODEC.write(refused), StandardCharsets.UTF_8);
    }

    /**
     * Reads the data of an ERROR frame with an application's code. What a newer peer refuses with, and this version
     * does not know, is {@code OUTCOME_UNKNOWN}: the one code that promises nothing.
     */
    public static ServerReply.Refused readError(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        try {
            return Json.CODEC.readReply(ServerReply.Refused.class, bytes, 0, bytes.length);
        } catch (IllegalArgumentException notOurs) {
            String head = json.length() <= 300 ? json : json.substring(0, 300) + "...";
            return ServerReply.Refused.of(Zxid.ZERO, ErrorCode.OUTCOME_UNKNOWN, "an unknown refusal: " + head);
        }
    }

    private @Nullable Object read(Class<?> type, byte[] bytes, int offset, int length) throws IOException {
        ObjectReader reader = readers.get(type);
        if (reader == null) {
            throw new IllegalArgumentException(type.getSimpleName() + " is not a message of the API");
        }
        try (JsonParser parser = reader.createParser(bytes, offset, length)) {
            Object value = reader.readValue(parser);
            if (parser.nextToken() != null) {
                throw new WhatIsWrong.MoreFollows();
            }
            return value;
        }
    }

    private static Map<Class<?>, ObjectReader> readers(ObjectMapper mapper) {
        Map<Class<?>, ObjectReader> readers = new HashMap<>();
        // Each type's reader is worked out when it is first used: all of them at once would cost a client's start.
        ObjectReader lazy = mapper.reader().without(DeserializationFeature.EAGER_DESERIALIZER_FETCH);
        ObjectReader strict = lazy.with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        ObjectReader lenient = lazy.without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        for (Routes.Route<?, ?> route : Routes.ALL) {
            readers.put(route.request(), strict.forType(route.request()));
            readers.put(route.reply(), lenient.forType(route.reply()));
        }
        readers.put(ServerReply.Refused.class, lenient.forType(ServerReply.Refused.class));
        return Map.copyOf(readers);
    }

    private static StreamReadConstraints constraints(int bytesMax, int nestingDepthMax) {
        return StreamReadConstraints.builder()
                .maxNestingDepth(nestingDepthMax)
                .maxNameLength(NAME_LENGTH_MAX)
                .maxNumberLength(NUMBER_LENGTH_MAX)
                .maxStringLength(bytesMax)
                .maxDocumentLength(bytesMax)
                .build();
    }

    private static ObjectMapper mapper(Format format, StreamReadConstraints constraints) {
        // Names that a stranger sends must not stay in the JVM's table of strings.
        return format == Format.JSON
                ? built(
                        JsonMapper.builder(JsonFactory.builder()
                                .streamReadConstraints(constraints)
                                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                                // JSON is also written by hand; a program's CBOR need not pay for the check
                                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                .build()),
                        format)
                : built(
                        CBORMapper.builder(CBORFactory.builder()
                                .streamReadConstraints(constraints)
                                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                                .build()),
                        format);
    }

    private static <M extends ObjectMapper, B extends MapperBuilder<M, B>> M built(
            MapperBuilder<M, B> builder, Format format) {
        return builder.addModule(new ApiScalars(format))
                .addMixIn(ServerReply.Refused.class, ErrorOrder.class)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
                .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .build();
    }

    /** The order in which a reader wants to see it. */
    @JsonPropertyOrder({"code", "zxid", "path", "message", "failedOperation", "expected", "actual", "resume"})
    private interface ErrorOrder {}
}
