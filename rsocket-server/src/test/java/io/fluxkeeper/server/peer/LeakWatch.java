package io.fluxkeeper.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects what Netty's leak detector finds; the build runs it at its paranoid level. */
public final class LeakWatch {
    private static final List<String> LEAKS = new CopyOnWriteArrayList<>();

    static {
        ByteBufUtil.setLeakListener((type, records) -> LEAKS.add(type + " " + records));
    }

    private LeakWatch() {}

    /** Call it once at the beginning, so that it listens, and at the end. A leak shows after a collection. */
    public static void requireNoLeak() {
        WeakReference<Object> collected = new WeakReference<>(new Object());
        TestPeer.await().until(() -> {
            System.gc();
            return collected.get() == null;
        });
        // The detector looks at its finds when the next buffer is made.
        for (int i = 0; i < 10; i++) {
            ByteBufAllocator.DEFAULT.buffer(16).release();
        }
        assertThat(LEAKS).isEmpty();
    }
}
