package io.fluxkeeper.core.znode;

/**
 * One line of a znode's access control list. Kept with every znode; no rule is enforced yet beyond "open to all".
 *
 * @param permissions the sum of read 1, write 2, create 4, delete 8, admin 16
 * @param identity whom it allows
 */
public record Acl(int permissions, Identity identity) {
    public static final int READ = 1;
    public static final int WRITE = 2;
    public static final int CREATE = 4;
    public static final int DELETE = 8;
    public static final int ADMIN = 16;
    public static final int ALL = 31;

    /** Everybody may do everything. */
    public static final Acl OPEN = new Acl(ALL, Identity.ANYONE);

    public Acl {
        if (identity == null) {
            throw new IllegalArgumentException("identity is missing");
        }
        if (permissions < 1 || permissions > ALL) {
            throw new IllegalArgumentException("permissions are a sum of 1, 2, 4, 8 and 16, not " + permissions);
        }
    }
}
