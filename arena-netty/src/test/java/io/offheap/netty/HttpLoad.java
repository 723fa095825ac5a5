package io.offheap.netty;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The same web server on our allocator and on Netty's, under the same load: how many requests it answers, what they cost, and
/// what stays resident. `-Phttp-load` runs it (docs/netty.md).
///
/// A JVM for each allocator, all alive at once; this process is the client of all of them, which get load in turns, a slice each in
/// every round. So what else the machine does hits all alike, and the client's memory is not in the figures.
final class HttpLoad {

    /// The name of an allocator, and the flags with which it is fastest.
    private enum Contestant {
        OFFHEAP("offheap-netty", List.of()),
        POOLED("netty-pooled", NETTY_FLAGS),
        ADAPTIVE("netty-adaptive", NETTY_FLAGS),
        UNPOOLED("netty-unpooled", NETTY_FLAGS);

        private final String text;
        private final List<String> flags;

        Contestant(String text, List<String> flags) {
            this.text = text;
            this.flags = flags;
        }

        ByteBufAllocator allocator() {
            return switch (this) {
                case OFFHEAP -> OffHeapByteBufAllocator.shared();
                case POOLED -> PooledByteBufAllocator.DEFAULT;
                case ADAPTIVE -> new AdaptiveByteBufAllocator(true);
                case UNPOOLED -> UnpooledByteBufAllocator.DEFAULT;
            };
        }
    }

    /// With these Netty reaches its memory through Unsafe and frees it without a cleaner.
    private static final List<String> NETTY_FLAGS = List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.noUnsafe=false");

    /// The same for everyone: what a heap does is not what is compared.
    private static final List<String> FLAGS =
            List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch");

    private static final int CONNECTIONS = Integer.getInteger("http.connections", 32);
    private static final int ROUNDS = Integer.getInteger("http.rounds", 7);
    private static final Duration SLICE = Duration.ofMillis(Integer.getInteger("http.slice", 2000));

    /// Rounds that are not counted: compilers are at work.
    private static final int WARM_UP_ROUNDS = Integer.getInteger("http.warmup", 3);

    /// After the load; by then what nobody wants should have been given back.
    private static final Duration QUIET = Duration.ofSeconds(Integer.getInteger("http.quiet", 15));

    private static final int EVENT_LOOPS = 2;
    private static final double MEBIBYTE = 1 << 20;

    private HttpLoad() {}

    /// @param args none, or whose server this process is
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            serve(Contestant.valueOf(args[0]));
        } else {
            compare();
        }
    }

    /// Until standard input ends.
    private static void serve(Contestant contestant) throws IOException {
        final var group = new MultiThreadIoEventLoopGroup(EVENT_LOOPS, NioIoHandler.newFactory());
        final Channel channel = EchoServer.start(group, contestant.allocator());
        System.out.println(((InetSocketAddress) channel.localAddress()).getPort());
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static void compare() throws Exception {
        final List<Server> servers = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            for (final var contestant : Contestant.values()) {
                servers.add(Server.start(contestant));
            }
            for (int round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
                for (int turn = 0; turn < servers.size(); turn++) {
                    servers.get((round + turn) % servers.size()).load(threads, round >= WARM_UP_ROUNDS);
                }
            }
            final List<Double> loaded = resident(servers);
            Thread.sleep(QUIET);
            final List<Double> quiet = resident(servers);
            System.out.printf("%d connections, %d rounds of %d ms; medians (least to most)%n", CONNECTIONS, ROUNDS, SLICE.toMillis());
            System.out.printf(
                    "%-15s %-26s %8s %13s %10s%n",
                    "", "requests/s", "CPU us", "resident MiB", QUIET.toSeconds() + " s later");
            for (int i = 0; i < servers.size(); i++) {
                System.out.println(servers.get(i).line(loaded.get(i), quiet.get(i)));
            }
        } finally {
            servers.forEach(Server::close);
        }
    }

    private static List<Double> resident(List<Server> servers) throws IOException {
        final List<Double> all = new ArrayList<>();
        for (final var server : servers) {
            all.add(server.residentMebibytes());
        }
        return all;
    }

    /// A process with a server in it.
    private static final class Server implements AutoCloseable {

        private final Contestant contestant;
        private final Process process;
        private final InetSocketAddress address;
        private final List<Double> requestsPerSecond = new ArrayList<>();
        private final List<Double> cpuMicros = new ArrayList<>();

        private Server(Contestant contestant, Process process, InetSocketAddress address) {
            this.contestant = contestant;
            this.process = process;
            this.address = address;
        }

        static Server start(Contestant contestant) throws IOException {
            final List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(FLAGS);
            command.addAll(contestant.flags);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), HttpLoad.class.getName(), contestant.name()));
            final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            final BufferedReader lines = process.inputReader();
            final String port = lines.readLine();
            if (port == null) {
                throw new IOException("the server of " + contestant.text + " did not start");
            }
            return new Server(
                    contestant, process, new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
        }

        /// One slice: each connection sends until the time is over.
        void load(ExecutorService threads, boolean counts) throws Exception {
            final Duration cpuBefore = cpu();
            final long start = System.nanoTime();
            final List<Callable<Long>> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                final var random = new Random(i);
                clients.add(() -> requests(random, start + SLICE.toNanos()));
            }
            long requests = 0;
            for (final var client : threads.invokeAll(clients)) {
                requests += client.get();
            }
            final double nanos = System.nanoTime() - start;
            if (counts) {
                requestsPerSecond.add(requests / nanos * TimeUnit.SECONDS.toNanos(1));
                cpuMicros.add((double) cpu().minus(cpuBefore).toNanos() / requests / TimeUnit.MICROSECONDS.toNanos(1));
            }
        }

        private long requests(Random random, long end) throws IOException {
            long requests = 0;
            try (var client = new EchoClient(address, random)) {
                while (System.nanoTime() - end < 0) {
                    client.request();
                    requests++;
                }
            }
            return requests;
        }

        private Duration cpu() {
            return process.info().totalCpuDuration().orElse(Duration.ZERO);
        }

        double residentMebibytes() throws IOException {
            final long pages = Long.parseLong(Files.readString(Path.of("/proc/" + process.pid() + "/statm")).split(" ")[1]);
            return pages * 4096 / MEBIBYTE;
        }

        String line(double loaded, double quiet) {
            return "%-15s %-26s %8.1f %13.1f %10.1f".formatted(
                    contestant.text, spread(requestsPerSecond), sorted(cpuMicros)[ROUNDS / 2], loaded, quiet);
        }

        private static String spread(List<Double> figures) {
            final double[] sorted = sorted(figures);
            return "%.0f (%.0f to %.0f)".formatted(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
        }

        private static double[] sorted(List<Double> figures) {
            final double[] sorted = figures.stream().mapToDouble(Double::doubleValue).toArray();
            Arrays.sort(sorted);
            return sorted;
        }

        @Override
        public void close() {
            process.destroy();
        }
    }
}
