package io.offheap.bench.vectors;

import io.offheap.memory.MemoryDomain.PrivateMappers;

/// Carries out the operations of one scenario on real address spaces.
final class Interpreter implements AutoCloseable {

    private final World world = new World();
    private final SpaceOps spaceOps = new SpaceOps(world);
    private final FileOps fileOps = new FileOps(world);

    /// {@return what an operation answers; never throws for what it does}
    Answer perform(String op) {
        try {
            return perform(new Words(op));
        } catch (RuntimeException | OutOfMemoryError e) {
            return Answer.of(e);
        }
    }

    private Answer perform(Words words) {
        final String verb = words.word();
        final int dot = verb.indexOf('.');
        final var answer = dot < 0 ? performGlobal(verb, words)
                : performOn(verb.substring(0, dot), verb.substring(dot + 1), words);
        assert world.domain().checkInvariants();
        return answer;
    }

    private Answer performOn(String name, String verb, Words words) {
        final var space = world.space(name);
        if (space != null) {
            return spaceOps.perform(space, name, verb, words);
        }
        final var file = world.file(name);
        if (file != null) {
            return fileOps.perform(file, verb, words);
        }
        throw new SyntaxException("ESRCH");
    }

    private Answer performGlobal(String verb, Words words) {
        switch (verb) {
            case "space" -> {
                final String name = words.word();
                final String node = words.hasMore() ? words.word() : null;
                words.end();
                world.requireFree(name);
                world.add(name, world.domain().newSpace(name, node));
                return Answer.OK;
            }
            case "file" -> {
                return fileOps.create(words);
            }
            case "purge" -> {
                final long target = words.hasMore() ? world.bytes(words.number()) : Long.MAX_VALUE;
                words.end();
                return Answer.of(world.domain().purge(target) / world.domain().pageSize());
            }
            case "private" -> {
                final String policy = words.word();
                words.end();
                world.domain().setPrivateMappers(switch (policy) {
                    case "veto" -> PrivateMappers.VETO;
                    case "hole" -> PrivateMappers.HOLE;
                    default -> throw new SyntaxException("no policy: " + policy);
                });
                return Answer.OK;
            }
            case "cows" -> {
                words.end();
                return Answer.of(world.domain().copies());
            }
            case "failalloc" -> {
                final String count = words.word();
                words.end();
                if ("off".equals(count)) {
                    world.gate().off();
                } else {
                    world.gate().failAfter(new Words(count).number());
                }
                return Answer.OK;
            }
            default -> throw new SyntaxException("unknown op");
        }
    }

    @Override
    public void close() {
        world.close();
    }
}
