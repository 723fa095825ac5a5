package io.offheap.bench.vectors;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.types.Contents;
import java.lang.foreign.MemorySegment;

/// The operations on a space: `A.mmap` and its like.
final class SpaceOps {

    private final World world;

    SpaceOps(World world) {
        this.world = world;
    }

    Answer perform(AddressSpace space, String name, String verb, Words words) {
        return switch (verb) {
            case "fork" -> fork(space, words);
            case "exit" -> exit(space, name, words);
            case "exec" -> {
                words.end();
                space.exec();
                yield Answer.OK;
            }
            case "vmas" -> {
                words.end();
                yield Answer.of(String.join(" ", space.mappings()));
            }
            case "r", "w", "rmap" -> performAt(space, verb, world.bytes(words.number()), words);
            default -> {
                final long at = words.number();
                final long pages = words.number();
                yield performOn(space, verb, world.bytes(at), world.bytes(pages), words);
            }
        };
    }

    private Answer fork(AddressSpace space, Words words) {
        final String child = words.word();
        words.end();
        world.requireFree(child);
        world.add(child, space.fork(child));
        return Answer.OK;
    }

    private Answer exit(AddressSpace space, String name, Words words) {
        words.end();
        space.close();
        world.remove(name);
        return Answer.OK;
    }

    private Answer performAt(AddressSpace space, String verb, long at, Words words) {
        switch (verb) {
            case "r" -> {
                words.end();
                space.read(at, world.page());
                return Answer.of(World.symbolOf(world.page()));
            }
            case "w" -> {
                final int[] symbols = words.word().codePoints().toArray();
                words.end();
                space.write(at, symbols.length == 1 ? world.pageOf(symbols[0]) : world.pagesOf(symbols));
                return Answer.OK;
            }
            default -> {
                words.end();
                return Answer.of(String.join(" ", space.whoUses(at)));
            }
        }
    }

    private Answer performOn(AddressSpace space, String verb, long at, long size, Words words) {
        switch (verb) {
            case "mmap" -> map(space, at, size, words);
            case "mremap" -> remap(space, at, size, words);
            case "vol" -> mark(space, at, size, words);
            case "mbind" -> space.bind(at, size, words.word());
            case "munmap" -> space.unmap(at, size);
            case "free" -> space.freeLazily(at, size);
            case "dontneed" -> space.drop(at, size);
            case "wire" -> space.wire(at, size);
            case "unwire" -> space.unwire(at, size);
            default -> {
                words.end();
                return ask(space, verb, at, size);
            }
        }
        words.end();
        return Answer.OK;
    }

    private Answer ask(AddressSpace space, String verb, long at, long size) {
        return switch (verb) {
            case "novol" -> Answer.of(space.unmarkVolatile(at, size) == Contents.PURGED ? 1 : 0);
            case "get" -> get(space, at, size);
            case "status" -> Answer.of(space.status(at, size).isPinned() ? "pinned" : "unpinned");
            case "res" -> Answer.of(space.status(at, size).residentPages());
            case "numamaps" -> Answer.of(space.policies(at, size));
            default -> throw new SyntaxException("unknown op");
        };
    }

    private Answer get(AddressSpace space, long at, long size) {
        if (size < 0) {
            throw new IllegalArgumentException("size=" + size);
        }
        final var bytes = MemorySegment.ofArray(new byte[Math.toIntExact(size)]);
        space.read(at, bytes);
        final var symbols = new StringBuilder();
        for (long from = 0; from < size; from += world.domain().pageSize()) {
            symbols.append(World.symbolOf(bytes.asSlice(from, world.domain().pageSize())));
        }
        return Answer.of(symbols);
    }

    private void map(AddressSpace space, long at, long size, Words words) {
        final String what = words.word();
        words.end();
        if ("anon".equals(what)) {
            space.map(at, size);
            return;
        }
        final var parts = what.split(":", -1);
        final var file = world.file(parts[0]);
        if (parts.length != 3 || !parts[2].equals("shared") && !parts[2].equals("private")) {
            throw new SyntaxException("no mapping: " + what);
        }
        if (file == null) {
            throw new SyntaxException("ENOENT");
        }
        space.map(at, size, file, world.bytes(new Words(parts[1]).number()), parts[2].equals("shared"));
    }

    private void remap(AddressSpace space, long at, long size, Words words) {
        final long target = world.bytes(words.number());
        if (words.option("dontunmap")) {
            space.remapKeepingSource(at, size, target);
        } else {
            space.remap(at, size, target);
        }
    }

    private void mark(AddressSpace space, long at, long size, Words words) {
        if (Marks.isPartial(words)) {
            space.markVolatilePartially(at, size);
        } else {
            space.markVolatile(at, size);
        }
    }
}
