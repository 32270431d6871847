package io.fluxkeeper.client.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line of the shell into words, as other shells do: blanks part words, except between quotes; a backslash
 * outside single quotes takes the next character as it is; a pair of quotes with nothing between is an empty word.
 */
final class Words {
    private static final char NONE = 0;

    private Words() {}

    /** @throws IllegalArgumentException for a quote that is not closed */
    static List<String> of(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = NONE;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
                begun = true;
            } else if (quote != NONE) {
                if (c == quote) {
                    quote = NONE;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                begun = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                begun = true;
            } else if (begun) {
                words.add(word.toString());
                word.setLength(0);
                begun = false;
            }
        }
        if (quote != NONE) {
            throw new IllegalArgumentException("a quote is not closed: " + line);
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }
}
