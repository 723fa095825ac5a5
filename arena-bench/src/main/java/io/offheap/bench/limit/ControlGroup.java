package io.offheap.bench.limit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A memory control group of our own, with a limit that the kernel enforces. Needs permission to make one: root,
/// as a rule.
///
/// Removed by [#close], and at the latest when this JVM ends. One that a killed JVM has left is removed by the
/// next who makes one.
public final class ControlGroup implements MemoryLimit {

    private static final String PREFIX = "offheap-bench-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d{1,10})-\\d+");
    private static final AtomicLong MADE = new AtomicLong();

    /// What was killed is gone within milliseconds; a group that still has a member after so long never gets rid of it.
    private static final long LONGEST_REMOVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final GroupVersion version;
    private final GroupFiles files;
    private final Thread removeWithParent = new Thread(this::removeForGood, "remove-control-group");
    private long peakSeenBytes;

    /// Whether none is made any more, since the JVM is about to end. Guarded by this object's lock.
    private boolean isOver;

    private ControlGroup(GroupVersion version, Path directory) {
        this.version = version;
        this.files = new GroupFiles(directory);
        Runtime.getRuntime().addShutdownHook(removeWithParent);
    }

    /// {@return a new group} Nothing in it is swapped out, so that short memory is short.
    ///
    /// @param limitBytes in bytes, or [MemoryLimit#UNLIMITED]
    /// @throws NoControlGroupException if none can be made here
    /// @throws IllegalStateException   if this JVM is about to end; none is made then
    public static ControlGroup create(long limitBytes) {
        final List<String> reasons = new ArrayList<>();
        try {
            for (GroupPlaces.Place place : GroupPlaces.ofSelf()) {
                try {
                    return create(place, limitBytes);
                } catch (IOException refused) {
                    reasons.add(refused.toString());
                }
            }
        } catch (IOException unreadable) {
            reasons.add(unreadable.toString());
        }
        throw new NoControlGroupException(
                reasons.isEmpty() ? "no memory controller is mounted" : String.join("; ", reasons));
    }

    private static ControlGroup create(GroupPlaces.Place place, long limitBytes) throws IOException {
        final GroupFiles parent = new GroupFiles(place.directory());
        if (!place.version().delegates(parent)) {
            throw new IOException("groups in " + place.directory() + " have no memory controller");
        }
        removeStale(place.directory());
        final Path directory = place.directory()
                .resolve(PREFIX + ProcessHandle.current().pid() + "-" + MADE.incrementAndGet());
        final ControlGroup group = new ControlGroup(place.version(), directory);
        try {
            group.make();
            group.limit(limitBytes);
            return group;
        } catch (IOException | RuntimeException refused) {
            group.close();
            throw refused;
        }
    }

    /// The JVM knows of the group before it is there, so that it is removed whatever moment the JVM is told to end in.
    private synchronized void make() throws IOException {
        if (isOver) {
            throw new IllegalStateException("this JVM is about to end");
        }
        Files.createDirectory(files.directory());
    }

    private void limit(long limitBytes) throws IOException {
        if (!files.has(version.limitFile())) {
            throw new IOException(files.directory() + " has no " + version.limitFile());
        }
        if (limitBytes != UNLIMITED) {
            files.write(version.limitFile(), limitBytes);
            if (files.has(version.swapFile())) {
                files.write(version.swapFile(), 0);
            }
        }
    }

    @Override
    public String kind() {
        return version.text();
    }

    @Override
    public boolean isEnforced() {
        return true;
    }

    /// A shell that moves itself into the group and then becomes the process, which keeps its number.
    @Override
    public List<String> launcher() {
        return List.of(
                "/bin/sh",
                "-c",
                "echo $$ > \"$0\" && exec \"$@\"",
                files.directory().resolve("cgroup.procs").toString());
    }

    @Override
    public void add(long pid) {
        // the kernel knows
    }

    @Override
    public void look() {
        if (!files.has(version.peakFile())) {
            peakSeenBytes = Math.max(peakSeenBytes, files.number(version.usageFile()));
        }
    }

    @Override
    public Usage usage() {
        look();
        return new Usage(
                files.number(version.usageFile()),
                files.has(version.peakFile()) ? files.number(version.peakFile()) : peakSeenBytes,
                version.failures(files),
                version.kills(files));
    }

    /// {@return whether the group is there}
    public boolean exists() {
        return Files.exists(files.directory());
    }

    /// {@return the directory of the group}
    Path directory() {
        return files.directory();
    }

    /// @throws IllegalStateException if it cannot be removed
    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(removeWithParent);
        } catch (IllegalStateException shuttingDown) {
            // then the hook has run, or will
        }
    }

    private synchronized void removeForGood() {
        isOver = true;
        remove();
    }

    /// Idempotent.
    private synchronized void remove() {
        final long start = System.nanoTime();
        while (Files.exists(files.directory()) && !removed()) {
            if (System.nanoTime() - start > LONGEST_REMOVAL_NANOS) {
                throw new IllegalStateException("cannot remove " + files.directory());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean removed() {
        try {
            members().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            return Files.deleteIfExists(files.directory());
        } catch (IOException | UncheckedIOException busy) {
            return false;
        }
    }

    private List<Long> members() {
        return files.text("cgroup.procs").lines().map(Long::valueOf).toList();
    }

    /// A group is stale whose maker has ended. The kernel refuses to remove one that has members.
    private static void removeStale(Path parent) throws IOException {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path group : groups) {
                final Matcher name = NAME.matcher(group.getFileName().toString());
                if (name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                    try {
                        Files.deleteIfExists(group);
                    } catch (IOException busy) {
                        // then it is in use
                    }
                }
            }
        }
    }
}
