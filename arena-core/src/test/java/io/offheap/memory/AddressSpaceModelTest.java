package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.MappingException;
import io.offheap.memory.types.SegmentationFaultException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Address spaces on real memory and real files do what [ReferenceModel] says, step by step, and keep their invariants.
class AddressSpaceModelTest {

    private static final Path FILES_IN_MEMORY = Path.of("/dev/shm");

    private static final int PAGES = 16;
    private static final int FILE_PAGES = 6;
    private static final int MOST_SPACES = 4;
    private static final int STEPS = Integer.getInteger("io.offheap.test.vm.steps", 20_000);
    private static final int SHOWN = 25;
    private static final long ALL = PAGES * 10;

    /// So many steps for each lazily freed page of whose loss a space must have been told, at most.
    private static final int STEPS_OF_A_LOSS = 2500;

    /// Which file a step is about. Seldom the one on disk, which punches after it has written.
    private static final int[] FILE_OF_STEP = {0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 1};

    private final ReferenceModel model = new ReferenceModel();
    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(64 << 20).allocationGate(this::allocate).build();
    private final MemoryDomain others = MemoryDomain.builder().pressure().capacity(64 << 20).build();
    private final long page = domain.pageSize();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect((int) page).order(ByteOrder.nativeOrder());
    private final List<Pair> spaces = new ArrayList<>();
    private final List<FilePair> files = new ArrayList<>();
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private long allocationsLeft = -1;
    private int named;
    private long nextContent;
    private boolean opensFiles;
    private boolean isComparing;
    private Random random;

    private record Pair(ReferenceModel.Space expected, AddressSpace actual) {
        @Override
        public String toString() {
            return expected.name;
        }
    }

    /// @param others what others have of it, null for an object in memory
    private record FilePair(ReferenceModel.File expected, SharedObject actual, Others others) {
        @Override
        public String toString() {
            return expected.name;
        }
    }

    /// A file as others have it.
    ///
    /// @param object  in their domain
    /// @param mapping of theirs, shared, of all pages that the file ever has, at 0
    private record Others(Path path, FileChannel channel, SharedObject object, AddressSpace mapping) {
        void close() throws IOException {
            channel.close();
            Files.delete(path);
        }
    }

    @TempDir
    private Path folder;

    private void allocate() {
        if (allocationsLeft == 0) {
            throw new OutOfMemoryError("injected");
        }
        allocationsLeft -= allocationsLeft > 0 ? 1 : 0;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void randomStepsDoWhatTheModelSays(long seed) {
        run(seed, STEPS);
    }

    /// One object in memory, one file on disk and one of a file system in memory if there is one. Others use the files too: a
    /// channel, and a domain of its own that stands for another process.
    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void randomStepsOnFilesThatOthersUseDoWhatTheModelSays(long seed) {
        opensFiles = true;
        run(seed, STEPS / 8);
    }

    private void run(long seed, int steps) {
        random = new Random(seed);
        try {
            for (int step = 0; step < steps; step++) {
                step();
                domain.checkInvariants();
                compareCounts();
                if (step % 16 == 0) {
                    compareEverything();
                }
            }
            System.out.printf("seed %d: %d steps, %d times the loss of a lazily freed page was told%n", seed, steps, model.lazyLossesTold);
            assertTrue(model.lazyLossesTold >= steps / STEPS_OF_A_LOSS, "told " + model.lazyLossesTold + " times");
        } catch (Throwable t) {
            fail("seed " + seed + ", last steps:\n" + String.join("\n", last), t);
        } finally {
            allocationsLeft = -1;
            spaces.forEach(pair -> pair.actual.close());
            domain.close();
            others.close();
            closeFiles();
        }
    }

    private void closeFiles() {
        for (final var file : files) {
            if (file.others != null) {
                answerOf(() -> {
                    file.others.close();
                    return "ok";
                });
            }
        }
    }

    private void step() {
        if (spaces.isEmpty()) {
            addSpace();
        }
        while (files.size() < (opensFiles ? 3 : 2)) {
            addFile();
        }
        final var pair = spaces.get(random.nextInt(spaces.size()));
        final var file = files.get(
                opensFiles ? FILE_OF_STEP[random.nextInt(FILE_OF_STEP.length)] : random.nextInt(files.size()));
        final long at = random.nextInt(PAGES);
        final long n = random.nextInt(Math.min(7, PAGES - (int) at + 1));
        final var model1 = pair.expected;
        final var space = pair.actual;
        switch (random.nextInt(opensFiles ? 45 : 35)) {
            case 0 -> map(pair, at, Math.max(1, n), null, 0, false);
            case 1 -> map(pair, at, Math.max(1, n), file, random.nextInt(FILE_PAGES), true);
            case 2 -> map(pair, at, Math.max(1, n), file, random.nextInt(FILE_PAGES), false);
            case 3 -> check(pair + " munmap " + at + " " + n, model.unmap(model1, at, n), () -> {
                space.unmap(at * page, n * page);
                return "ok";
            });
            case 4, 5 -> {
                final long to = random.nextInt(PAGES);
                final boolean keep = random.nextInt(4) == 0;
                check(pair + " mremap " + at + " " + n + " " + to + (keep ? " dontunmap" : ""),
                        model.remap(model1, at, n, to, keep), () -> {
                            if (keep) {
                                space.remapKeepingSource(at * page, n * page, to * page);
                            } else {
                                space.remap(at * page, n * page, to * page);
                            }
                            return "ok";
                        });
            }
            case 6 -> fork(pair);
            case 7 -> leave(pair);
            case 8, 9, 10, 11, 12, 13 -> write(pair, at);
            case 14, 15 -> read(pair, at);
            case 16 -> get(pair, at, n);
            case 17, 18, 19 -> mark(pair, at, n);
            case 20, 21, 26 -> check(pair + " novol " + at + " " + n, model.unmark(model1, at, n),
                    () -> space.unmarkVolatile(at * page, n * page) == Contents.PURGED ? "1" : "0");
            case 22 -> freeLazily(pair, at, n);
            case 23 -> check(pair + " dontneed " + at + " " + n, model.drop(model1, at, n), () -> {
                space.drop(at * page, n * page);
                return "ok";
            });
            case 24, 25 -> purge(random.nextInt(12) == 0 ? ALL : random.nextInt(3));   // rarely all: what is left decides the order
            case 27 -> {
                final int change = random.nextInt(3) == 0 ? 1 : -1;
                check(pair + (change > 0 ? " wire " : " unwire ") + at + " " + n, model.wire(model1, at, n, change), () -> {
                    if (change > 0) {
                        space.wire(at * page, n * page);
                    } else {
                        space.unwire(at * page, n * page);
                    }
                    return "ok";
                });
            }
            case 28 -> {
                final boolean readOnly = random.nextInt(3) == 0;
                check(pair + " protect " + at + " " + n + " " + readOnly, model.protect(model1, at, n, readOnly), () -> {
                    if (readOnly) {
                        space.protectReadOnly(at * page, n * page);
                    } else {
                        space.protectReadWrite(at * page, n * page);
                    }
                    return "ok";
                });
            }
            case 29 -> {
                allocationsLeft = random.nextInt(3) == 0 ? random.nextInt(4) : -1;
                model.allocationsLeft = allocationsLeft;
                last.add("failalloc " + allocationsLeft);
            }
            case 30 -> {
                model.hole = random.nextInt(4) == 0;
                domain.setPrivateMappers(model.hole ? MemoryDomain.PrivateMappers.HOLE : MemoryDomain.PrivateMappers.VETO);
                last.add("private " + (model.hole ? "hole" : "veto"));
            }
            case 31 -> abandon(pair, at, Math.min(PAGES - at, 1 + random.nextInt(2)));
            default -> {
                if (file.others != null && random.nextInt(3) == 0) {
                    othersStep(file, random.nextInt(FILE_PAGES));
                } else {
                    fileStep(file, random.nextInt(FILE_PAGES), random.nextInt(4));
                }
            }
        }
    }

    private void mark(Pair pair, long at, long n) {
        final boolean full = random.nextBoolean();
        check(pair + " vol " + at + " " + n + " " + full, model.mark(pair.expected, at, n, full), () -> {
            if (full) {
                pair.actual.markVolatile(at * page, n * page);
            } else {
                pair.actual.markVolatilePartially(at * page, n * page);
            }
            return "ok";
        });
    }

    private void freeLazily(Pair pair, long at, long n) {
        check(pair + " free " + at + " " + n, model.freeLazily(pair.expected, at, n), () -> {
            pair.actual.freeLazily(at * page, n * page);
            return "ok";
        });
    }

    private void purge(long target) {
        check("purge " + target, String.valueOf(model.purge(target)), () -> String.valueOf(domain.purge(target * page) / page));
    }

    /// All spaces free the same new pages lazily, and some mark them besides: then nobody needs them, and those are to be told of the loss.
    private void abandon(Pair first, long at, long n) {
        map(first, at, n, null, 0, false);
        for (long i = 0; i < n; i++) {
            write(first, at + i);
        }
        fork(first);
        spaces.forEach(pair -> freeLazily(pair, at, n));
        spaces.stream().filter(_ -> random.nextInt(3) == 0).forEach(pair -> mark(pair, at, n));
        if (random.nextInt(3) == 0) {
            purge(ALL);
        }
    }

    private void fileStep(FilePair pair, long at, long n) {
        final var file = pair.actual;
        final var expected = pair.expected;
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                final boolean full = random.nextBoolean();
                check(pair + " vol " + at + " " + n + " " + full, model.mark(expected, at, n, full), () -> {
                    if (full) {
                        file.markVolatile(at * page, n * page);
                    } else {
                        file.markVolatilePartially(at * page, n * page);
                    }
                    return "ok";
                });
            }
            case 3, 4 -> check(pair + " novol " + at + " " + n, model.unmark(expected, at, n),
                    () -> file.unmarkVolatile(at * page, n * page) == Contents.PURGED ? "1" : "0");
            case 5 -> check(pair + " punch " + at + " " + n, model.punch(expected, at, n), () -> {
                file.punch(at * page, n * page);
                return "ok";
            });
            case 6 -> {
                final long size = FILE_PAGES - random.nextInt(3) + random.nextInt(3);
                check(pair + " trunc " + size, model.truncate(expected, size), () -> {
                    file.truncate(size * page);
                    return "ok";
                });
            }
            default -> {
                final boolean all = random.nextBoolean();
                check(pair + " zap " + at + " " + (n + 1) + " " + all, model.zap(expected, at, n + 1, all), () -> {
                    file.zap(at * page, (n + 1) * page, all);
                    return "ok";
                });
            }
        }
    }

    private void othersStep(FilePair pair, long at) {
        final var theirs = pair.others;
        final var expected = pair.expected;
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                final long content = ++nextContent;
                model.writeByOthers(expected, at, content);
                check(pair + " write by channel " + at + " " + content, "ok", () -> writeByChannel(theirs, at, content));
            }
            case 2, 3 -> {
                final long content = ++nextContent;
                final boolean exists = at < expected.size;
                if (exists) {
                    model.writeByOthers(expected, at, content);
                }
                check(pair + " write by others' mapping " + at + " " + content, exists ? "ok" : "BUS", () -> {
                    theirs.mapping.write(at * page, filled(content));
                    return "ok";
                });
            }
            case 4 -> check(pair + " read by others' mapping " + at, model.readByOthers(expected, at),
                    () -> String.valueOf(theirs.mapping.getLong(at * page)));
            case 5 -> {
                final long n = Math.min(expected.size, at + 2) - at;
                if (n > 0) {
                    model.punchByOthers(expected, at, n);
                    check(pair + " punch by others " + at + " " + n, "ok", () -> {
                        theirs.object.punch(at * page, n * page);
                        return "ok";
                    });
                }
            }
            default -> {
                final long size = FILE_PAGES - random.nextInt(4) + random.nextInt(3);
                final boolean byChannel = size < expected.size && random.nextBoolean();
                model.truncateByOthers(expected, size);
                check(pair + " trunc by others " + size + " " + byChannel, "ok", () -> {
                    if (byChannel) {
                        theirs.channel.truncate(size * page);
                    } else {
                        theirs.object.truncate(size * page);
                    }
                    return "ok";
                });
            }
        }
    }

    private String writeByChannel(Others theirs, long at, long content) throws IOException {
        MemorySegment.ofBuffer(buffer.clear()).copyFrom(filled(content));
        while (buffer.hasRemaining()) {
            theirs.channel.write(buffer, at * page + buffer.position());
        }
        return "ok";
    }

    private String readByChannel(Others theirs, long at) throws IOException {
        buffer.clear();
        int count = 0;
        while (count >= 0 && buffer.hasRemaining()) {
            count = theirs.channel.read(buffer, at * page + buffer.position());
        }
        return buffer.hasRemaining() ? "short" : symbol(MemorySegment.ofBuffer(buffer.flip()));
    }

    private void addSpace() {
        final String name = "S" + named++;
        spaces.add(new Pair(model.newSpace(name), domain.newSpace(name)));
        last.add("space " + name);
    }

    private void addFile() {
        final String name = "F" + named++;
        final var others = !opensFiles || files.isEmpty() ? null : newFileOfOthers(name, files.size() == 1 ? folder : inMemory());
        final var expected = model.newFile(name, FILE_PAGES, others != null);
        final var actual = others == null ? domain.newSharedObject(name, FILE_PAGES * page) : open(domain, others.path);
        files.add(new FilePair(expected, actual, others));
        last.add("file " + name + (others == null ? "" : " " + others.path));
    }

    private Path inMemory() {
        return Files.isWritable(FILES_IN_MEMORY) ? FILES_IN_MEMORY : folder;
    }

    /// {@return a file of holes}
    private Others newFileOfOthers(String name, Path where) {
        try {
            final var path = Files.createTempFile(where, "offheap-" + name, ".pages");
            final var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            final var object = open(others, path);
            object.truncate(FILE_PAGES * page);
            final var mapping = others.newSpace(name);
            mapping.map(0, 2 * FILE_PAGES * page, object, 0, true);
            return new Others(path, channel, object, mapping);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SharedObject open(MemoryDomain domain, Path path) {
        try {
            return domain.open(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fork(Pair pair) {
        if (spaces.size() < MOST_SPACES) {
            final String name = "S" + named++;
            spaces.add(new Pair(model.fork(pair.expected, name), pair.actual.fork(name)));
            last.add(pair + " fork " + name);
        }
    }

    private void leave(Pair pair) {
        if (random.nextInt(3) > 0) {
            return;
        }
        if (random.nextInt(4) == 0) {
            last.add(pair + " exec");
            model.exec(pair.expected);
            pair.actual.exec();
        } else {
            last.add(pair + " exit");
            model.exit(pair.expected);
            pair.actual.close();
            spaces.remove(pair);
        }
    }

    private void map(Pair pair, long at, long n, FilePair file, long offset, boolean shared) {
        final String what = file == null ? "anon" : file + ":" + offset + (shared ? ":shared" : ":private");
        check(pair + " mmap " + at + " " + n + " " + what,
                model.map(pair.expected, at, n, file == null ? null : file.expected, offset, shared), () -> {
                    if (file == null) {
                        pair.actual.map(at * page, n * page);
                    } else {
                        pair.actual.map(at * page, n * page, file.actual, offset * page, shared);
                    }
                    return "ok";
                });
    }

    private void write(Pair pair, long at) {
        final long content = ++nextContent;
        final long offset = random.nextInt((int) (page / Long.BYTES)) * Long.BYTES;
        check(pair + " w " + at + " " + content, model.write(pair.expected, at, content), () -> {
            if (content % 2 == 0) {
                pair.actual.write(at * page, filled(content));
                return "ok";
            }
            pair.actual.putLong(at * page + offset, content);           // the first store faults, the rest fills up
            for (long to = 0; to < page; to += Long.BYTES) {
                pair.actual.putLong(at * page + to, content);
            }
            return "ok";
        });
    }

    private MemorySegment filled(long content) {
        final var segment = MemorySegment.ofArray(new long[(int) (page / Long.BYTES)]);
        for (long to = 0; to < page; to += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG, to, content);
        }
        return segment;
    }

    private void read(Pair pair, long at) {
        final long offset = random.nextInt((int) (page / Long.BYTES)) * Long.BYTES;
        check(pair + " r " + at, model.read(pair.expected, at), () -> String.valueOf(pair.actual.getLong(at * page + offset)));
    }

    private void get(Pair pair, long at, long n) {
        check(pair + " get " + at + " " + n, model.get(pair.expected, at, n), () -> {
            final var bytes = MemorySegment.ofArray(new long[(int) (n * page / Long.BYTES)]);
            pair.actual.read(at * page, bytes);
            final var contents = new StringBuilder();
            for (long i = 0; i < n; i++) {
                contents.append(symbol(bytes.asSlice(i * page, page))).append(' ');
            }
            return contents.toString();
        });
    }

    private static String symbol(MemorySegment page) {
        final long first = page.get(ValueLayout.JAVA_LONG, 0);
        for (long at = 0; at < page.byteSize(); at += Long.BYTES) {
            if (page.get(ValueLayout.JAVA_LONG, at) != first) {
                return "torn at " + at;
            }
        }
        return String.valueOf(first);
    }

    private void check(String step, String expected, Callable<String> action) {
        if (!isComparing) {
            last.add(step + " => " + expected);
        }
        if (last.size() > SHOWN) {
            last.removeFirst();
        }
        assertEquals(expected, answerOf(action), step);
        allocationsLeft = model.allocationsLeft;
    }

    private static String answerOf(Callable<String> action) {
        try {
            return action.call();
        } catch (BusErrorException e) {
            return "BUS";
        } catch (SegmentationFaultException e) {
            return "SEGV";
        } catch (MappingException | OutOfMemoryError e) {
            return "ENOMEM";
        } catch (IllegalArgumentException e) {
            return "EINVAL";
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void compareCounts() {
        assertEquals(model.privatePages() * page, domain.privateBytes(), "private pages");
        assertEquals(model.copies, domain.copies(), "copies");
    }

    private void compareEverything() {
        isComparing = true;
        for (final var pair : spaces) {
            for (long at = 0; at < PAGES; at++) {
                final long here = at;
                final String where = pair + " page " + at;
                assertEquals(model.isPinned(pair.expected, at, 1), pair.actual.status(at * page, page).isPinned(), where);
                assertEquals(pair.expected.purged.contains(at) ? 1 : 0, pair.actual.status(at * page, page).purgedPages(), where);
                assertEquals(model.resident(pair.expected, at, 1), pair.actual.status(at * page, page).residentPages(), where);
                assertEquals(model.whoUses(pair.expected, at),
                        answerOf(() -> String.join(" ", pair.actual.whoUses(here * page))), where);
            }
            for (long at = 0; at < PAGES; at++) {
                get(pair, at, 1);
            }
        }
        for (final var file : files) {
            compareFile(file);
        }
        isComparing = false;
    }

    private void compareFile(FilePair file) {
        assertEquals(file.expected.size * page, file.actual.size(), file + " size");
        final var target = MemorySegment.ofArray(new long[(int) (page / Long.BYTES)]);
        for (long at = 0; at < file.expected.size; at++) {
            final long here = at;
            final String where = file + " page " + at;
            file.actual.readPage(at * page, target);
            assertEquals(file.expected.contentOf(at), symbol(target), where);
            if (file.others != null) {
                assertEquals(file.expected.contentOf(at), answerOf(() -> readByChannel(file.others, here)),
                        where + " by channel");
            }
        }
    }
}
