package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.ZnodePath;
import java.io.IOException;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * How numbers, bytes and the API's one-number words are written and read. Stricter than Jackson by itself, which cuts
 * fractions off, takes an empty string for 0 and text for bytes.
 */
final class ApiScalars extends SimpleModule {
    private static final long serialVersionUID = 1L;

    /** Longest decimal of 64 bits, with sign. */
    private static final int DECIMAL_LENGTH_MAX = 20;

    ApiScalars(ApiCodec.Format format) {
        boolean json = format == ApiCodec.Format.JSON;
        addLong(long.class, value -> value, value -> value, true, json);
        addLong(Long.class, value -> value, value -> value, false, json);
        addLong(Zxid.class, Zxid::new, Zxid::value, false, json);
        addLong(SessionId.class, SessionId::new, SessionId::value, false, json);
        addDeserializer(int.class, new IntReader<>(int.class, value -> value, true));
        addDeserializer(Integer.class, new IntReader<>(Integer.class, value -> value, false));
        addDeserializer(PeerId.class, new IntReader<>(PeerId.class, PeerId::new, false));
        addDeserializer(String.class, new TextReader());
        addDeserializer(ZnodePath.class, new PathReader());
        addDeserializer(byte[].class, new BytesReader(json));
    }

    private <T> void addLong(
            Class<T> type, LongFunction<T> fromLong, ToLongFunction<T> toLong, boolean primitive, boolean json) {
        addDeserializer(type, new LongReader<>(type, fromLong, primitive, json));
        addSerializer(type, new LongWriter<>(type, toLong, json));
    }

    /** A value built of a number; says no in the words of the type's own constructor. */
    private abstract static class NumberReader<T> extends StdScalarDeserializer<T> {
        private static final long serialVersionUID = 1L;

        private final transient LongFunction<T> fromLong;
        private final boolean primitive;

        NumberReader(Class<T> type, LongFunction<T> fromLong, boolean primitive) {
            super(type);
            this.fromLong = fromLong;
            this.primitive = primitive;
        }

        final T value(long number, DeserializationContext context) throws IOException {
            try {
                return fromLong.apply(number);
            } catch (IllegalArgumentException refused) {
                throw refusal(handledType(), refused, context);
            }
        }

        final T mismatch(JsonParser parser, DeserializationContext context) throws IOException {
            return WhatIsWrong.mismatch(handledType(), parser, context);
        }

        /** Null is the same as left out, and that is 0 where there is no null. */
        @Override
        public @Nullable T getNullValue(DeserializationContext context) {
            return primitive ? fromLong.apply(0) : null;
        }
    }

    private static final class LongReader<T> extends NumberReader<T> {
        private static final long serialVersionUID = 1L;

        private final boolean alsoText;

        LongReader(Class<T> type, LongFunction<T> fromLong, boolean primitive, boolean alsoText) {
            super(type, fromLong, primitive);
            this.alsoText = alsoText;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
                try {
                    return value(parser.getLongValue(), context);
                } catch (InputCoercionException outside64Bits) {
                    return mismatch(parser, context);
                }
            }
            if (alsoText && parser.hasToken(JsonToken.VALUE_STRING) && parser.getTextLength() <= DECIMAL_LENGTH_MAX) {
                try {
                    return value(Long.parseLong(parser.getText()), context);
                } catch (NumberFormatException notDecimal) {
                    return mismatch(parser, context);
                }
            }
            return mismatch(parser, context);
        }
    }

    private static final class IntReader<T> extends NumberReader<T> {
        private static final long serialVersionUID = 1L;

        IntReader(Class<T> type, IntValue<T> fromInt, boolean primitive) {
            super(type, number -> fromInt.of((int) number), primitive);
        }

        /** A value built of 32 bits. */
        interface IntValue<T> {
            T of(int value);
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
                try {
                    return value(parser.getIntValue(), context);
                } catch (InputCoercionException outside32Bits) {
                    return mismatch(parser, context);
                }
            }
            return mismatch(parser, context);
        }
    }

    private static final class TextReader extends StdScalarDeserializer<String> {
        private static final long serialVersionUID = 1L;

        TextReader() {
            super(String.class);
        }

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return parser.hasToken(JsonToken.VALUE_STRING)
                    ? parser.getText()
                    : WhatIsWrong.mismatch(String.class, parser, context);
        }
    }

    private static final class PathReader extends StdScalarDeserializer<ZnodePath> {
        private static final long serialVersionUID = 1L;

        PathReader() {
            super(ZnodePath.class);
        }

        @Override
        public ZnodePath deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return WhatIsWrong.mismatch(ZnodePath.class, parser, context);
            }
            try {
                return new ZnodePath(parser.getText());
            } catch (IllegalArgumentException refused) {
                throw refusal(ZnodePath.class, refused, context);
            }
        }
    }

    /** Text is not bytes in CBOR: whoever writes "abcd" there means four letters, not three bytes of base64. */
    private static final class BytesReader extends StdScalarDeserializer<byte[]> {
        private static final long serialVersionUID = 1L;

        private final JsonToken form;

        BytesReader(boolean json) {
            super(byte[].class);
            this.form = json ? JsonToken.VALUE_STRING : JsonToken.VALUE_EMBEDDED_OBJECT;
        }

        @Override
        public byte[] deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.hasToken(form)) {
                return WhatIsWrong.mismatch(byte[].class, parser, context);
            }
            try {
                return parser.getBinaryValue();
            } catch (StreamReadException | IllegalArgumentException notBase64) {
                return WhatIsWrong.mismatch(byte[].class, parser, context);
            }
        }
    }

    private static final class LongWriter<T> extends StdScalarSerializer<T> {
        private static final long serialVersionUID = 1L;

        private final transient ToLongFunction<T> toLong;
        private final boolean asText;

        LongWriter(Class<T> type, ToLongFunction<T> toLong, boolean asText) {
            super(type);
            this.toLong = toLong;
            this.asText = asText;
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializerProvider provider) throws IOException {
            long number = toLong.applyAsLong(value);
            if (asText) {
                generator.writeString(Long.toString(number));
            } else {
                generator.writeNumber(number);
            }
        }
    }

    private static JsonMappingException refusal(
            Class<?> type, IllegalArgumentException refused, DeserializationContext context) {
        return context.instantiationException(type, refused);
    }
}
