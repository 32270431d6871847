package io.fluxkeeper.client.connection;

/**
 * Where a peer takes clients.
 *
 * @param host a name or an address; an IPv6 address without its brackets
 * @param port 1 to 65535
 */
public record Address(String host, int port) {
    public Address {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("an address is HOST:PORT; the host is missing");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is 1..65535, not " + port);
        }
    }

    /**
     * Reads {@code HOST:PORT}, or {@code [IPv6]:PORT}.
     *
     * @throws IllegalArgumentException that says what is wrong
     */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("an address is HOST:PORT, not \"" + text + "\"");
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (!bracketed && host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("an IPv6 address is written [ADDRESS]:PORT, not \"" + text + "\"");
        }
        try {
            return new Address(
                    bracketed ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("the port is missing or no number in \"" + text + "\"", notANumber);
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
