package io.fluxkeeper.server.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The examples of {@code docs/api.md}, in order, ready to be sent to a server. A value {@code <name>} is learned where
 * it is met first in an answer; in a later request it is filled in, in a later answer it must be the same.
 */
final class ApiDocument {
    /** One block. @param kind {@code request}, {@code reply}, {@code item} or {@code error} */
    record Block(String kind, String route, String json) {}

    /** A request and what the document says comes of it: a reply, an error, or items. */
    record Example(Block request, List<Block> answers) {}

    private static final Pattern FENCE =
            Pattern.compile("```json (request|reply|item|error) ?([\\w.]*)\\n(.*?)\\n```", Pattern.DOTALL);
    private static final Pattern PLACEHOLDER = Pattern.compile("<(\\w+|\\*)>");
    private static final ObjectMapper JSON = new ObjectMapper();

    private ApiDocument() {}

    static List<Example> examples() throws IOException {
        List<Example> examples = new ArrayList<>();
        Matcher fence = FENCE.matcher(Files.readString(Path.of("docs/api.md")));
        while (fence.find()) {
            Block block = new Block(fence.group(1), fence.group(2), fence.group(3));
            if (block.kind().equals("request")) {
                examples.add(new Example(block, new ArrayList<>()));
            } else {
                examples.get(examples.size() - 1).answers().add(block);
            }
        }
        return examples;
    }

    /** The JSON with what has been learned filled in. */
    static String filled(String json, Map<String, String> learned) {
        return PLACEHOLDER.matcher(json).replaceAll(match -> {
            String value = learned.get(match.group(1));
            if (value == null) {
                throw new AssertionError("nobody has said yet what " + match.group() + " is, in " + json);
            }
            return Matcher.quoteReplacement(value);
        });
    }

    /** Compares an answer with the documented one and learns from it. */
    static void match(String documented, String actual, Map<String, String> learned) throws IOException {
        match("", JSON.readTree(documented), JSON.readTree(actual), learned, documented + "\n" + actual);
    }

    private static void match(
            String where, JsonNode documented, JsonNode actual, Map<String, String> learned, String both) {
        if (documented.isTextual()
                && PLACEHOLDER.matcher(documented.textValue()).matches()) {
            String name =
                    documented.textValue().substring(1, documented.textValue().length() - 1);
            if (!name.equals("*")) {
                String before = learned.putIfAbsent(name, actual.asText());
                same(before == null || before.equals(actual.asText()), where, both);
            }
        } else if (documented.isObject()) {
            same(actual.isObject() && fields(documented).equals(fields(actual)), where, both);
            fields(documented)
                    .forEach(field ->
                            match(where + "." + field, documented.get(field), actual.get(field), learned, both));
        } else if (documented.isArray()) {
            same(actual.isArray() && documented.size() == actual.size(), where, both);
            for (int i = 0; i < documented.size(); i++) {
                match(where + "[" + i + "]", documented.get(i), actual.get(i), learned, both);
            }
        } else {
            same(documented.equals(actual), where, both);
        }
    }

    private static List<String> fields(JsonNode object) {
        List<String> fields = new ArrayList<>();
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            fields.add(names.next());
        }
        fields.sort(null);
        return fields;
    }

    private static void same(boolean holds, String where, String both) {
        if (!holds) {
            throw new AssertionError(
                    "documented and actual differ at " + (where.isEmpty() ? "the top" : where) + ":\n" + both);
        }
    }
}
