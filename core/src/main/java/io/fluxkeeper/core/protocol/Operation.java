package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.fluxkeeper.core.znode.Acl;
import io.fluxkeeper.core.znode.CreateMode;
import io.fluxkeeper.core.znode.ZnodePath;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One change of the tree, alone or inside a multi. In a multi each sees what those before it did. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Operation.Create.class, name = "create"),
    @JsonSubTypes.Type(value = Operation.SetData.class, name = "set"),
    @JsonSubTypes.Type(value = Operation.Delete.class, name = "delete"),
    @JsonSubTypes.Type(value = Operation.Check.class, name = "check")
})
public sealed interface Operation {
    /**
     * Characters of all identities of one ACL. It goes with each change of the znode, and with each of its children's: a
     * transaction of thousands of changes must still fit in memory.
     */
    int ACL_CHARACTERS_MAX = 1_024;

    /** Stands for "any version". */
    int ANY_VERSION = -1;

    /** What it changes or checks; for a sequential create, the path before its number. */
    String target();

    /**
     * Creates a znode.
     *
     * @param path the path; for a sequential mode it is completed by ten digits and may end with {@code /}
     * @param data null and empty differ; the array is not changed by anyone afterwards
     * @param acl null for open to all
     */
    record Create(
            String path,
            byte @Nullable [] data,
            CreateMode mode,
            @Nullable List<Acl> acl) implements Operation {
        public Create {
            require(path, "path");
            mode = mode == null ? CreateMode.PERSISTENT : mode; // absent in JSON
            requireValid(path, mode);
            acl = acl == null ? null : List.copyOf(acl);
            if (acl != null) {
                requireShort(acl);
            }
        }

        private static void requireShort(List<Acl> acl) {
            long characters = acl.stream()
                    .map(Acl::identity)
                    .mapToLong(who -> (long) who.scheme().length() + who.id().length())
                    .sum();
            if (characters > ACL_CHARACTERS_MAX || acl.size() > ACL_CHARACTERS_MAX) {
                throw new IllegalArgumentException("the identities of an ACL have at most " + ACL_CHARACTERS_MAX
                        + " characters, not " + Math.max(characters, acl.size()));
            }
        }

        @Override
        public String target() {
            return path;
        }
    }

    /** Replaces the data. @param version the expected version, null or -1 for any */
    record SetData(ZnodePath path, byte @Nullable [] data, Integer version) implements Operation {
        public SetData {
            require(path, "path");
            version = expected(version);
        }

        @Override
        public String target() {
            return path.value();
        }
    }

    /** Deletes a znode without children. @param version the expected version, null or -1 for any */
    record Delete(ZnodePath path, Integer version) implements Operation {
        public Delete {
            require(path, "path");
            version = expected(version);
        }

        @Override
        public String target() {
            return path.value();
        }
    }

    /** Changes nothing; refused unless the znode exists with that version. */
    record Check(ZnodePath path, Integer version) implements Operation {
        public Check {
            require(path, "path");
            version = expected(version);
        }

        @Override
        public String target() {
            return path.value();
        }
    }

    /** Absent in JSON means any. */
    private static Integer expected(@Nullable Integer version) {
        if (version != null && version < ANY_VERSION) {
            throw new IllegalArgumentException("an expected version is -1 (any) or more, not " + version);
        }
        return version == null ? ANY_VERSION : version;
    }

    private static void require(@Nullable Object value, String field) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }

    /** A sequential path is valid if it is with its number. */
    private static void requireValid(String path, CreateMode mode) {
        ZnodePath created = new ZnodePath(mode.isSequential() ? path + "1" : path);
        if (created.isRoot()) {
            throw new IllegalArgumentException("the root exists and cannot be created");
        }
    }
}
