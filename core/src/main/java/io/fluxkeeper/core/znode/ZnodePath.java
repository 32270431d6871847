package io.fluxkeeper.core.znode;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * An absolute, canonical path. Valid as in ZooKeeper's {@code PathUtils}: starts with {@code /}, does not end with it
 * unless it is the root, no empty segment, no {@code .} or {@code ..} segment, none of U+0000-001F, U+007F-009F,
 * U+D800-F8FF, U+FFF0-FFFF.
 *
 * <p>Ordered with {@code /} as the lowest character: a subtree is contiguous and children come in name order.
 */
public record ZnodePath(@JsonValue String value) implements Comparable<ZnodePath> {
    public static final ZnodePath ROOT = new ZnodePath("/");

    /** @throws IllegalArgumentException that says what is wrong and where */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public ZnodePath {
        String wrong = whatIsWrongWith(value);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
    }

    public static ZnodePath of(String value) {
        return new ZnodePath(value);
    }

    public boolean isRoot() {
        return value.length() == 1;
    }

    /** The path above; the root has none. */
    public @Nullable ZnodePath parent() {
        if (isRoot()) {
            return null;
        }
        int slash = value.lastIndexOf('/');
        return slash == 0 ? ROOT : new ZnodePath(value.substring(0, slash));
    }

    /** The last segment; empty for the root. */
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    public ZnodePath child(String name) {
        return new ZnodePath(isRoot() ? "/" + name : value + "/" + name);
    }

    /** Whether this is {@code other} or lies above it. */
    public boolean contains(ZnodePath other) {
        return isRoot()
                || other.value.startsWith(value)
                        && (other.value.length() == value.length() || other.value.charAt(value.length()) == '/');
    }

    @Override
    public int compareTo(ZnodePath other) {
        int common = Math.min(value.length(), other.value.length());
        for (int i = 0; i < common; i++) {
            char a = value.charAt(i);
            char b = other.value.charAt(i);
            if (a != b) {
                return a == '/' ? -1 : b == '/' ? 1 : Character.compare(a, b);
            }
        }
        return Integer.compare(value.length(), other.value.length());
    }

    @Override
    public String toString() {
        return value;
    }

    private static @Nullable String whatIsWrongWith(@Nullable String path) {
        if (path == null || path.isEmpty()) {
            return "a path is not empty; the root is /";
        }
        if (path.charAt(0) != '/') {
            return "a path starts with /: " + quoted(path);
        }
        int length = path.length();
        int segmentStart = 1;
        for (int i = 1; i <= length; i++) {
            char c = i == length ? '/' : path.charAt(i);
            if (c == '/') {
                String wrong = length == 1 ? null : whatIsWrongWithSegment(path, segmentStart, i);
                if (wrong != null) {
                    return wrong;
                }
                segmentStart = i + 1;
            } else if (isForbidden(c)) {
                return String.format("character U+%04X at %d is not allowed in a path", (int) c, i);
            }
        }
        return null;
    }

    private static @Nullable String whatIsWrongWithSegment(String path, int start, int end) {
        int length = end - start;
        if (length == 0) {
            return end == path.length()
                    ? "a path does not end with /: " + quoted(path)
                    : "empty segment at " + start + " in " + quoted(path);
        }
        boolean dots = path.charAt(start) == '.' && (length == 1 || length == 2 && path.charAt(start + 1) == '.');
        return dots ? "relative segment at " + start + " in " + quoted(path) : null;
    }

    private static boolean isForbidden(char c) {
        return c <= '\u001f' || c >= '\u007f' && c <= '\u009f' || c >= '\ud800' && c <= '\uf8ff' || c >= '\ufff0';
    }

    /** A hostile path must not fill a log line or smuggle control characters into it. */
    private static String quoted(String path) {
        String head = path.length() <= 200 ? path : path.substring(0, 200) + "...";
        StringBuilder safe = new StringBuilder("\"");
        head.chars().forEach(c -> safe.append(isForbidden((char) c) ? '?' : (char) c));
        return safe.append('"').toString();
    }
}
