package io.fluxkeeper.server.config;

/** The configuration cannot be used. The message is for the operator: it names the key and says what is allowed. */
public final class ConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }

    static ConfigException notAllowed(String key, String value, String allowed) {
        return new ConfigException(key + ": \"" + value + "\" is not allowed; allowed is " + allowed);
    }
}
