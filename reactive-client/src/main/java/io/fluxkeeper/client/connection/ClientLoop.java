package io.fluxkeeper.client.connection;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpResources;

/**
 * The one thread that owns all state of one client: a Netty event loop. The client's connections are registered on the
 * same loop, so that a reply is handled on the thread it arrived on, without handing it over. Clients share the loops
 * of Reactor Netty; nothing here is started or stopped.
 */
public final class ClientLoop implements Executor {
    private final LoopResources shared;
    private final EventLoopGroup group;
    private final EventLoop events;
    private final Timer timer;

    private ClientLoop(LoopResources shared, EventLoopGroup group, @Nullable Timer timer) {
        this.shared = shared;
        this.group = group;
        this.events = group.next();
        this.timer = timer == null ? new EventLoopTimer(events) : timer;
    }

    /** One of the loops all clients share. @param timer null for the clock of this machine */
    public static ClientLoop next(@Nullable Timer timer) {
        LoopResources shared = TcpResources.get();
        return new ClientLoop(shared, shared.onClient(LoopResources.DEFAULT_NATIVE), timer);
    }

    @Override
    public void execute(Runnable task) {
        events.execute(task);
    }

    public boolean isHere() {
        return events.inEventLoop();
    }

    public long nanos() {
        return timer.nanos();
    }

    /** Runs the task on this loop after the delay. */
    public Disposable after(Duration delay, Runnable task) {
        return timer.schedule(delay, () -> {
            if (isHere()) {
                task.run();
            } else {
                execute(task);
            }
        });
    }

    /** For {@code TcpClient.runOn}: this loop, with the channel class that fits the shared ones. */
    LoopResources resources() {
        return new LoopResources() {
            @Override
            public EventLoopGroup onServer(boolean useNative) {
                return events;
            }

            @Override
            public EventLoopGroup onClient(boolean useNative) {
                return events;
            }

            @Override
            public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup any) {
                return shared.onChannel(type, group);
            }

            @Override
            public <C extends Channel> Class<? extends C> onChannelClass(Class<C> type, EventLoopGroup any) {
                return shared.onChannelClass(type, group);
            }
        };
    }

    private record EventLoopTimer(EventLoop events) implements Timer {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public Disposable schedule(Duration delay, Runnable task) {
            Future<?> scheduled = events.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        }
    }
}
