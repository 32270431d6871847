package io.fluxkeeper.core.znode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which paths there are not, and in which words that is said. */
class ZnodePathTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~~        | a path is not empty; the root is /
            a/b       | a path starts with /: "a/b"
            /a/       | a path does not end with /: "/a/"
            //        | empty segment at 1 in "//"
            /a//b     | empty segment at 3 in "/a//b"
            /.        | relative segment at 1 in "/."
            /a/../b   | relative segment at 3 in "/a/../b"
            """)
    void isCanonical(String path, String sentence) {
        assertThatThrownBy(() -> ZnodePath.of(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }

    /** The ends of each range that ZooKeeper forbids, a surrogate pair among them. */
    @Test
    void hasNoCharacterThatZooKeeperForbids() {
        for (char forbidden : new char[] {0, 1, 0x1f, 0x7f, 0x9f, 0xd800, 0xdfff, 0xe000, 0xf8ff, 0xfff0, 0xffff}) {
            assertThatThrownBy(() -> ZnodePath.of("/ab" + forbidden))
                    .hasMessage(String.format("character U+%04X at 3 is not allowed in a path", (int) forbidden));
        }
        for (char allowed : new char[] {0x20, 0x7e, 0xa0, 0xd7ff, 0xf900, 0xffef}) {
            assertThat(ZnodePath.of("/" + allowed).name()).isEqualTo(String.valueOf(allowed));
        }
        assertThat(ZnodePath.of("/.a/..b/a.").name()).isEqualTo("a.");
    }

    @Test
    void isNotRepeatedAtLengthAndNotWithControlCharacters() {
        assertThatThrownBy(() -> ZnodePath.of("\u0007" + "x".repeat(1_000)))
                .hasMessage("a path starts with /: \"?" + "x".repeat(199) + "...\"");
    }
}
