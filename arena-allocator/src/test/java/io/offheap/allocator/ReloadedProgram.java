package io.offheap.allocator;

import io.offheap.memory.MemoryDomain;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Has the library again and again, each time in a class loader of its own, as a server has whose applications are deployed anew, and
/// says how many of the class loaders are still there once all was closed. The threads that use it are the same throughout.
final class ReloadedProgram {

    private static final int TIMES = 5;
    private static final long MIB = 1L << 20;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(20);

    private ReloadedProgram() {}

    /// All surfaces, opened and closed; by name, since it is called in the other class loader.
    public static final class Application implements Runnable {

        @Override
        public void run() {
            PlainProgram.run();
            try (var domain = MemoryDomain.create(); var space = domain.newSpace()) {
                space.map(0, MIB);
                space.putLong(0, 1);
                try (var fork = space.fork("fork")) {
                    fork.putLong(0, 2);
                }
                domain.purge(MIB);
            }
            OffHeapAllocator.create().close();
        }
    }

    public static void main(String[] arguments) throws Exception {
        final var classPath = new ArrayList<URL>();
        for (final var entry : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            classPath.add(urlOf(entry));
        }
        final var loaders = new ArrayList<WeakReference<ClassLoader>>();
        try (var pool = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < TIMES; i++) {
                loaders.add(useOnce(classPath.toArray(URL[]::new), pool));
            }
            System.out.println("left: " + leftOf(loaders));
        }
    }

    private static URL urlOf(String entry) throws MalformedURLException {
        return Path.of(entry).toUri().toURL();
    }

    private static WeakReference<ClassLoader> useOnce(URL[] classPath, ExecutorService pool)
            throws IOException, ReflectiveOperationException, InterruptedException, ExecutionException {
        try (var loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            final var application = (Runnable) loader.loadClass(Application.class.getName()).getDeclaredConstructor().newInstance();
            application.run();
            pool.submit(application).get();
            pool.submit(application).get();
            return new WeakReference<>(loader);
        }
    }

    /// What is unreachable may take some collections: of references first, then of those who were told, by threads that a busy machine
    /// lets wait.
    private static long leftOf(List<WeakReference<ClassLoader>> loaders) {
        final long begin = System.nanoTime();
        long left = loaders.size();
        while (left > 0 && System.nanoTime() - begin < LONGEST_NANOS) {
            System.gc();
            left = loaders.stream().filter(loader -> !loader.refersTo(null)).count();
        }
        return left;
    }
}
