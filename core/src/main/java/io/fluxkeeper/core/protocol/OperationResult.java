package io.fluxkeeper.core.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.fluxkeeper.core.znode.Stat;
import io.fluxkeeper.core.znode.ZnodePath;

/** What one operation of a multi did. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
    @JsonSubTypes.Type(value = OperationResult.Created.class, name = "create"),
    @JsonSubTypes.Type(value = OperationResult.DataSet.class, name = "set"),
    @JsonSubTypes.Type(value = OperationResult.Deleted.class, name = "delete"),
    @JsonSubTypes.Type(value = OperationResult.Checked.class, name = "check")
})
public sealed interface OperationResult {
    record Created(ZnodePath path, Stat stat) implements OperationResult {}

    record DataSet(Stat stat) implements OperationResult {}

    record Deleted() implements OperationResult {}

    record Checked() implements OperationResult {}
}
