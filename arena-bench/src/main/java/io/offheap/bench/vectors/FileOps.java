package io.offheap.bench.vectors;

import io.offheap.memory.SharedObject;
import io.offheap.memory.types.Contents;
import java.util.stream.Collectors;

/// The operations on a file: `F.vol` and its like.
final class FileOps {

    private final World world;

    FileOps(World world) {
        this.world = world;
    }

    /// `file F n [data]`: pages without a symbol are holes.
    Answer create(Words words) {
        final String name = words.word();
        final long pages = words.number();
        final int[] symbols = words.hasMore() ? words.word().codePoints().toArray() : new int[0];
        words.end();
        if (symbols.length > pages) {
            throw new IllegalArgumentException(symbols.length + " symbols for " + pages + " pages");
        }
        world.requireFree(name);
        final var file = world.domain().newSharedObject(name, world.bytes(pages));
        world.add(name, file);
        for (int i = 0; i < symbols.length; i++) {
            if (symbols[i] != '0') {
                file.writePage(world.bytes(i), world.pageOf(symbols[i]));
            }
        }
        return Answer.OK;
    }

    Answer perform(SharedObject file, String verb, Words words) {
        return switch (verb) {
            case "close" -> {
                words.end();
                yield file.endMarks() ? Answer.OK : Answer.error("mapped");
            }
            case "pol" -> {
                words.end();
                yield Answer.of(file.policies());
            }
            case "refs" -> {
                words.end();
                yield Answer.of(file.policyReferences().stream().map(String::valueOf).collect(Collectors.joining(" ")));
            }
            case "r", "trunc", "owner", "xfers" -> performAt(file, verb, world.bytes(words.number()), words);
            default -> {
                final long offset = words.number();
                final long pages = words.number();
                yield performOn(file, verb, world.bytes(offset), world.bytes(pages), words);
            }
        };
    }

    private Answer performAt(SharedObject file, String verb, long offset, Words words) {
        words.end();
        return switch (verb) {
            case "r" -> {
                file.readPage(offset, world.page());
                yield Answer.of(World.symbolOf(world.page()));
            }
            case "trunc" -> {
                file.truncate(offset);
                yield Answer.OK;
            }
            case "owner" -> {
                final String owner = file.owner(offset);
                yield Answer.of(owner == null ? "none" : owner);
            }
            default -> Answer.of(file.transfers(offset));
        };
    }

    private Answer performOn(SharedObject file, String verb, long offset, long size, Words words) {
        switch (verb) {
            case "vol" -> {
                final boolean partial = Marks.isPartial(words);
                words.end();
                if (partial) {
                    file.markVolatilePartially(offset, size);
                } else {
                    file.markVolatile(offset, size);
                }
                return Answer.OK;
            }
            case "novol" -> {
                words.end();
                return Answer.of(file.unmarkVolatile(offset, size) == Contents.PURGED ? 1 : 0);
            }
            case "zap" -> {
                final String which = words.word();
                words.end();
                file.zap(offset, size, switch (which) {
                    case "all" -> true;
                    case "keep" -> false;
                    default -> throw new SyntaxException("zap what: " + which);
                });
                return Answer.OK;
            }
            case "punch" -> {
                words.end();
                file.punch(offset, size);
                return Answer.OK;
            }
            case "status" -> {
                words.end();
                return Answer.of(file.status(offset, size).isPinned() ? "pinned" : "unpinned");
            }
            default -> throw new SyntaxException("unknown op");
        }
    }
}
