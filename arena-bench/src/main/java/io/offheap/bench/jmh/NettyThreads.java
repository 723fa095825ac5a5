package io.offheap.bench.jmh;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// JMH's workers as threads of Netty's own kind. JMH makes it by name: `-Djmh.executor=CUSTOM
/// -Djmh.executor.class=...`.
public final class NettyThreads extends ThreadPoolExecutor {

    /// As JMH calls it.
    ///
    /// @param threads how many workers there are
    /// @param prefix of their names
    public NettyThreads(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
            final Thread thread = new FastThreadLocalThread(work, prefix);
            thread.setDaemon(true);
            return thread;
        });
    }
}
