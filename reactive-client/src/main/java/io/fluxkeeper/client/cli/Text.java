package io.fluxkeeper.client.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A znode's data for people: as the text it is, or as marked base64 where it is none. */
final class Text {
    /** Before data that is not text. */
    static final String BASE64 = "base64:";

    private Text() {}

    /** The text; null for bytes that are not UTF-8, or that would do things to a terminal instead of being shown. */
    static @Nullable String of(byte[] data) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
        boolean harmless =
                text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t');
        return harmless ? text : null;
    }

    static String base64(byte[] data) {
        return Base64.getEncoder().encodeToString(data);
    }

    /** The data as printed; empty for null and for empty. */
    static String shown(byte @Nullable [] data) {
        if (data == null) {
            return "";
        }
        String text = of(data);
        return text == null ? BASE64 + base64(data) : text;
    }
}
