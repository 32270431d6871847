package io.fluxkeeper.client.session;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Operations in the order they were added; any of them can leave at no cost. An operation is in one chain at most.
 * Bounded by whoever admits operations. Touched by the client's loop only.
 */
final class Chain {
    private @Nullable Operation<?> first;
    private @Nullable Operation<?> last;

    /** Null when there is none. */
    @Nullable Operation<?> first() {
        return first;
    }

    void addLast(Operation<?> operation) {
        operation.chain = this;
        operation.previous = last;
        operation.next = null;
        if (last == null) {
            first = operation;
        } else {
            last.next = operation;
        }
        last = operation;
    }

    /** Takes it out of the chain it is in, if any. */
    static void remove(Operation<?> operation) {
        Chain chain = operation.chain;
        if (chain == null) {
            return;
        }
        Operation<?> before = operation.previous;
        Operation<?> behind = operation.next;
        if (before == null) {
            chain.first = behind;
        } else {
            before.next = behind;
        }
        if (behind == null) {
            chain.last = before;
        } else {
            behind.previous = before;
        }
        operation.chain = null;
        operation.previous = null;
        operation.next = null;
    }

    /** Takes the first one out; null when there is none. */
    @Nullable Operation<?> pollFirst() {
        Operation<?> operation = first;
        if (operation != null) {
            remove(operation);
        }
        return operation;
    }

    /** Takes all that are in it now, one by one; the action may add to it again. */
    void drain(Consumer<Operation<?>> action) {
        Operation<?> end = last;
        Operation<?> operation = null;
        while (operation != end) {
            operation = pollFirst();
            if (operation == null) {
                return;
            }
            action.accept(operation);
        }
    }

    /** Shows each to the action, which may take that one out. */
    void forEach(Consumer<Operation<?>> action) {
        Operation<?> operation = first;
        while (operation != null) {
            Operation<?> following = operation.next;
            action.accept(operation);
            operation = following;
        }
    }
}
