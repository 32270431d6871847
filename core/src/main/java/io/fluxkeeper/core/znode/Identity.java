package io.fluxkeeper.core.znode;

/**
 * Who somebody is, by one scheme of proving it; ZooKeeper's {@code Id}.
 *
 * @param scheme such as {@code world}, {@code digest}, {@code x509}
 * @param id what the scheme proved
 */
public record Identity(String scheme, String id) {
    /** Everybody. */
    public static final Identity ANYONE = new Identity("world", "anyone");

    public Identity {
        if (scheme == null || id == null) {
            throw new IllegalArgumentException((scheme == null ? "scheme" : "id") + " is missing");
        }
    }
}
