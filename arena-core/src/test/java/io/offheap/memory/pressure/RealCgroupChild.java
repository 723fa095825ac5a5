package io.offheap.memory.pressure;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/// The process in the group of [RealCgroupTest]: does what it reads, a line each, and answers a line each.
final class RealCgroupChild {

    private static final long MIB = 1 << 20;
    private static final long MOST = 512 * MIB;

    /// So much further than the threshold, so that page cache that goes meanwhile does not take the crossing back.
    private static final long BEYOND = 6 * MIB;

    private final SystemMemory os = Platform.memory();
    private final PressureSource group = PressureSources.detect(Platform.files()).stream()
            .filter(source -> source.name().startsWith("cgroup v1")).findFirst().orElseThrow();
    private final FakeClient client = new FakeClient("child", group);
    private final long address = os.reserve(MOST);

    private RealCgroupChild() {
        os.advise(address, MOST, SystemMemory.Advice.NOHUGEPAGE);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        new RealCgroupChild().run();
    }

    private void run() throws IOException, InterruptedException {
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                var _ = MemoryDaemon.shared().register(client)) {
            System.out.println("limit " + group.read().orElseThrow().limitBytes());
            for (var line = in.readLine(); line != null && !line.equals("end"); line = in.readLine()) {
                final var words = line.split(" ");
                System.out.println(switch (words[0]) {
                    case "rise" -> rise(MemoryPressure.valueOf(words[1]));
                    case "cache" -> cache(Path.of(line.substring("cache ".length())));
                    default -> limit();
                });
            }
        }
        group.close();
    }

    private double usedShare() {
        return group.read().orElseThrow().usedShare();
    }

    /// {@return milliseconds from crossing a threshold to being told} From far below it, where the daemon looks once a
    /// second by the clock.
    private String rise(MemoryPressure level) throws InterruptedException {
        os.advise(address, MOST, SystemMemory.Advice.DONTNEED);
        while (client.next() != MemoryPressure.NONE) {
            // falls after the hold-off
        }
        client.next();                                                  // a second later: it looks seldom again
        client.forgetCalls();
        final double threshold = level == MemoryPressure.SOME
                ? group.thresholds().someShare() : group.thresholds().criticalShare();
        long touched = 0;
        while (usedShare() < threshold) {
            touch(touched, MIB);
            touched += MIB;
        }
        final long crossed = System.nanoTime();
        touch(touched, BEYOND);
        while (client.next().compareTo(level) < 0) {                    // told on the way
            if (System.nanoTime() - crossed > TimeUnit.SECONDS.toNanos(10)) {
                throw new AssertionError(level + " was not told for 10 s, at a share of " + usedShare());
            }
        }
        return Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - crossed));
    }

    private void touch(long from, long bytes) {
        for (long page = from; page < from + bytes; page += os.pageSize()) {
            RawMemory.putByte(address + page, (byte) 1);
        }
    }

    /// {@return by how much usage rises when 64 MiB are written to a file of a directory}
    private String cache(Path directory) throws IOException {
        os.advise(address, MOST, SystemMemory.Advice.DONTNEED);
        final var file = Files.createTempFile(directory, "offheap", ".cache");
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            awaitFreshLook();
            final long before = group.read().orElseThrow().usageBytes();
            final var piece = ByteBuffer.allocate((int) MIB);
            for (int i = 0; i < 64; i++) {
                channel.write(piece.clear());
            }
            channel.force(false);
            awaitFreshLook();
            return Long.toString(group.read().orElseThrow().usageBytes() - before);
        } finally {
            Files.delete(file);
        }
    }

    private String limit() {
        awaitFreshLook();
        return group.read().map(MemoryReading::limitBytes).map(String::valueOf).orElse("none");
    }

    /// Limits and page cache are known for a while.
    private static void awaitFreshLook() {
        final long start = System.nanoTime();
        while (System.nanoTime() - start <= CgroupSource.UNLIMITED_NANOS) {
            Thread.onSpinWait();
        }
    }
}
