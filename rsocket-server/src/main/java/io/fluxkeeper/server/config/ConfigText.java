package io.fluxkeeper.server.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Values by key, as text: what a file says, overlaid by what flags say. */
public final class ConfigText {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Map<String, String> values = new TreeMap<>();

    /** @throws ConfigException for a file that cannot be read, and for keys that do not exist */
    public static ConfigText ofFile(Path file) {
        try {
            return ofYaml(Files.readString(file), file.toString());
        } catch (NoSuchFileException missing) {
            throw new ConfigException("config: there is no file " + file);
        } catch (CharacterCodingException binary) {
            throw new ConfigException("config: " + file + " is not UTF-8");
        } catch (IOException unreadable) {
            throw new ConfigException("config: " + file + " cannot be read: " + unreadable.getMessage());
        }
    }

    static ConfigText ofYaml(String yaml, String source) {
        ConfigText text = new ConfigText();
        try {
            JsonNode root = YAML.readTree(yaml);
            if (!root.isMissingNode() && !root.isNull()) {
                text.takeLevel("", root, source);
            }
        } catch (JsonProcessingException malformed) {
            int line = malformed.getLocation() == null
                    ? 0
                    : malformed.getLocation().getLineNr();
            throw new ConfigException(source + ": line " + line + " is not YAML: " + reason(malformed));
        }
        return text;
    }

    /** What was found; before it the parser may say what it was about to do, and behind it where, indented. */
    private static String reason(JsonProcessingException malformed) {
        return malformed
                .getOriginalMessage()
                .lines()
                .filter(line -> !line.startsWith("while ") && !line.startsWith(" "))
                .findFirst()
                .orElse("it cannot be parsed");
    }

    /** Replaces what was said of the key before. */
    public <T> ConfigText set(ConfigKey<T> key, String value) {
        values.put(key.name(), value);
        return this;
    }

    /** This, with everything that the other says in the place of what this one says. */
    public ConfigText overlaidBy(ConfigText other) {
        ConfigText both = new ConfigText();
        both.values.putAll(values);
        both.values.putAll(other.values);
        return both;
    }

    public boolean has(ConfigKey<?> key) {
        return values.containsKey(key.name());
    }

    /** The value, or the key's default; empty when there is neither. */
    <T> Optional<T> find(ConfigKey<T> key) {
        String text = values.getOrDefault(key.name(), key.defaultText());
        return text.isEmpty() && !has(key) ? Optional.empty() : Optional.of(key.parse(text));
    }

    /** For keys with a default. */
    <T> T get(ConfigKey<T> key) {
        return find(key).orElseThrow();
    }

    private void takeLevel(String prefix, JsonNode level, String source) {
        if (!level.isObject()) {
            throw new ConfigException(source + ": keys with values are expected, as in \"id: 1\"");
        }
        for (Map.Entry<String, JsonNode> property : level.properties()) {
            take(prefix + property.getKey(), property.getValue(), source);
        }
    }

    private void take(String name, JsonNode value, String source) {
        boolean isKey = ConfigKey.all().stream().anyMatch(key -> key.name().equals(name));
        boolean isLevel = ConfigKey.all().stream().anyMatch(key -> key.name().startsWith(name + "."));
        if (isKey) {
            values.put(name, textOf(name, value));
        } else if (isLevel) {
            takeLevel(name + ".", value, source);
        } else {
            throw new ConfigException(
                    source + ": there is no key \"" + name + "\"; the nearest is \"" + nearest(name) + "\"");
        }
    }

    /** Members of an ensemble may be written as a map, and ids as a list; both become what a flag would say. */
    private static String textOf(String name, JsonNode value) {
        List<String> parts = new ArrayList<>();
        if (value.isObject() && name.equals(ConfigKey.ENSEMBLE.name())) {
            value.properties()
                    .forEach(member ->
                            parts.add(member.getKey() + "=" + member.getValue().asText()));
            return String.join(",", parts);
        }
        if (value.isArray() && name.equals(ConfigKey.FOUND.name())) {
            value.forEach(id -> parts.add(id.asText()));
            return String.join(",", parts);
        }
        if (value.isContainerNode() || value.isNull()) {
            throw new ConfigException(name + ": one value is expected");
        }
        return value.asText();
    }

    private static String nearest(String name) {
        String nearest = "";
        int least = Integer.MAX_VALUE;
        for (ConfigKey<?> key : ConfigKey.all()) {
            int distance = Math.min(
                    editDistance(name, key.name()),
                    editDistance(name, key.name().substring(key.name().lastIndexOf('.') + 1)));
            if (distance < least) {
                least = distance;
                nearest = key.name();
            }
        }
        return nearest;
    }

    /** Levenshtein's: single letters put in, taken out or changed. */
    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
