package io.fluxkeeper.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void blanksPartWordsExceptBetweenQuotes() {
        assertThat(Words.of("  set /a  \"two words\" ")).containsExactly("set", "/a", "two words");
        assertThat(Words.of("set /a 'say \"no\"'x")).containsExactly("set", "/a", "say \"no\"x");
        assertThat(Words.of(" \t ")).isEmpty();
    }

    @Test
    void quotesWithNothingBetweenAreAnEmptyWord() {
        assertThat(Words.of("set /a \"\"")).containsExactly("set", "/a", "");
        assertThat(Words.of("set '' /a")).containsExactly("set", "", "/a");
    }

    @Test
    void aBackslashTakesTheNextCharacterAsItIsSaveInSingleQuotes() {
        assertThat(Words.of("a\\ b \"c\\\"d\" 'e\\f' g\\")).containsExactly("a b", "c\"d", "e\\f", "g\\");
    }

    @Test
    void aQuoteThatIsNotClosedIsRefused() {
        assertThatThrownBy(() -> Words.of("set \"/a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a quote is not closed: set \"/a");
    }
}
