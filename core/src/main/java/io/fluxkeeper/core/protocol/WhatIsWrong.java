package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.fluxkeeper.core.PeerId;
import io.fluxkeeper.core.SessionId;
import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.znode.ZnodePath;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns what Jackson says into one sentence that names the field and what is allowed there. */
final class WhatIsWrong {
    /** Most characters of a stranger's text that a sentence repeats. */
    private static final int QUOTED_LENGTH_MAX = 60;

    private WhatIsWrong() {}

    /** Something follows where the message should end. */
    static final class MoreFollows extends IOException {
        private static final long serialVersionUID = 1L;
    }

    static MalformedRequestException with(IOException notReadable, ApiCodec.Format format) {
        if (notReadable instanceof StreamConstraintsException
                || notReadable.getCause() instanceof StreamConstraintsException) {
            return malformed("the data exceeds a limit: nesting " + ApiCodec.NESTING_DEPTH_MAX + ", field names of "
                    + ApiCodec.NAME_LENGTH_MAX + " characters, numbers of " + ApiCodec.NUMBER_LENGTH_MAX
                    + " digits, " + ApiCodec.MESSAGE_BYTES_MAX + " bytes in all");
        }
        if (notReadable instanceof JsonMappingException mapping) {
            return mapping(mapping, format);
        }
        if (notReadable instanceof StreamReadException syntax) {
            return syntax(syntax, format);
        }
        return malformed(
                notReadable instanceof MoreFollows
                        ? "something follows behind the end of the object"
                        : "the data is not " + format);
    }

    private static MalformedRequestException syntax(StreamReadException syntax, ApiCodec.Format format) {
        String duplicate = "Duplicate field";
        String message = syntax.getOriginalMessage();
        if (message != null && message.startsWith(duplicate)) {
            return malformed("a field is there twice:" + safe(message.substring(duplicate.length())));
        }
        JsonLocation at = syntax.getLocation();
        String where = at == null
                ? ""
                : format == ApiCodec.Format.JSON
                        ? " at line " + at.getLineNr() + ", column " + at.getColumnNr()
                        : " at byte " + at.getByteOffset();
        return malformed("the data is not " + format + where);
    }

    private static MalformedRequestException mapping(JsonMappingException mapping, ApiCodec.Format format) {
        String field = field(mapping.getPath());
        if (mapping.getCause() instanceof IllegalArgumentException refused && refused.getMessage() != null) {
            return new MalformedRequestException(
                    ErrorCode.BAD_ARGUMENTS,
                    field.isEmpty() ? refused.getMessage() : field + ": " + refused.getMessage());
        }
        if (mapping.getCause() instanceof StreamReadException syntax) {
            return syntax(syntax, format);
        }
        if (mapping instanceof UnrecognizedPropertyException unknown) {
            return malformed(
                    "unknown field " + quoted(field) + "; allowed are " + names(unknown.getKnownPropertyIds()));
        }
        if (mapping instanceof InvalidTypeIdException unknown) {
            return malformed(unknownTypeId(field, unknown));
        }
        if (mapping instanceof InvalidNullException) {
            return malformed(field + " is null, which is not allowed there");
        }
        if (mapping instanceof MismatchedInputException mismatched) {
            String subject = field.isEmpty() ? "the data" : field;
            return malformed(subject + " is not " + allowed(mismatched.getTargetType(), format));
        }
        return malformed(field.isEmpty() ? "the data is not " + format : field + " cannot be read");
    }

    /** {@code op} for operations, {@code item} for what a watch yields; the annotation on the type says so. */
    private static String unknownTypeId(String field, InvalidTypeIdException unknown) {
        boolean operation = unknown.getBaseType().hasRawClass(Operation.class);
        String property = operation ? "op" : "item";
        List<String> known = operation
                ? List.of("create", "set", "delete", "check")
                : List.of("started", "changed", "bookmark", "reset", "present", "exact");
        String subject = field.isEmpty() ? property : field + "." + property;
        String id = unknown.getTypeId();
        return subject + (id == null ? " is missing" : " " + quoted(id) + " is unknown") + "; allowed are "
                + String.join(", ", known);
    }

    /** For a value that has another form than its type wants; the sentence is made later, from the type alone. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // never returns
    static <T> T mismatch(Class<?> type, JsonParser parser, DeserializationContext context) throws IOException {
        throw MismatchedInputException.from(parser, type, "another form");
    }

    private static String allowed(@Nullable Class<?> type, ApiCodec.Format format) {
        boolean json = format == ApiCodec.Format.JSON;
        if (type == null) {
            return "what is allowed there";
        }
        if (type == long.class || type == Long.class || type == Zxid.class || type == SessionId.class) {
            return json ? "a whole number of 64 bits, as decimal string or number" : "a whole number of 64 bits";
        }
        if (type == int.class || type == Integer.class || type == PeerId.class) {
            return "a whole number of 32 bits";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == byte[].class) {
            return json ? "a string of base64" : "a byte string";
        }
        if (type == String.class || type == ZnodePath.class) {
            return "a string";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(Object::toString)
                            .collect(Collectors.joining(", "));
        }
        return Collection.class.isAssignableFrom(type) ? "a list" : "an object";
    }

    /** {@code operations[2].path}. */
    private static String field(List<JsonMappingException.Reference> path) {
        StringBuilder field = new StringBuilder();
        for (JsonMappingException.Reference step : path) {
            if (step.getFieldName() == null) {
                field.append('[').append(step.getIndex()).append(']');
            } else {
                field.append(field.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return safe(field.toString());
    }

    private static String names(@Nullable Collection<Object> ids) {
        return ids == null || ids.isEmpty()
                ? "none"
                : ids.stream().map(Object::toString).collect(Collectors.toCollection(TreeSet::new)).stream()
                        .collect(Collectors.joining(", "));
    }

    private static String quoted(String text) {
        return '"' + safe(text) + '"';
    }

    /** A stranger's text must neither fill a log line nor smuggle control characters into it. */
    private static String safe(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints()
                .limit(QUOTED_LENGTH_MAX)
                .forEach(c -> safe.appendCodePoint(
                        Character.isISOControl(c)
                                        || Character.getType(c) == Character.FORMAT
                                        || Character.getType(c) == Character.SURROGATE
                                ? '?'
                                : c));
        return text.codePointCount(0, text.length()) > QUOTED_LENGTH_MAX ? safe + "..." : safe.toString();
    }

    private static MalformedRequestException malformed(String message) {
        return new MalformedRequestException(ErrorCode.MALFORMED, message);
    }
}
