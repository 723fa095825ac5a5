package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Spaces and whole domains that are closed while others use them.
///
/// ## What is checked
/// - who is using one meets its own words, zeros, or an exception that is documented
/// - who begins after the close has returned meets an `IllegalStateException`
final class Ends implements Cell {

    private static final int PAGES = 4;
    private static final int USERS = 3;
    private static final int ACCESSES = 64;
    private static final long CAPACITY = 4 << 20;
    private static final long WORD = 0x1234_5678_9abc_def0L;

    private final Scene scene;
    private volatile Target current;

    /// Something that is about to be closed.
    private final class Target {
        private final boolean ownsDomain;
        private final MemoryDomain domain;
        private final AddressSpace space;
        private volatile boolean isClosed;

        Target(boolean ownsDomain) {
            this.ownsDomain = ownsDomain;
            this.domain = ownsDomain ? MemoryDomain.builder().pressure().capacity(CAPACITY).build() : scene.domain();
            this.space = domain.newSpace("to be closed");
            space.map(0, PAGES * scene.page());
            for (int page = 0; page < PAGES; page++) {
                space.putLong(page * scene.page(), WORD);
            }
        }

        void close() {
            if (ownsDomain) {
                domain.close();
            } else {
                space.close();
            }
            isClosed = true;
        }
    }

    Ends(Scene scene) {
        this.scene = scene;
        this.current = new Target(false);
        scene.keep(() -> current.close());
    }

    @Override
    public void join(Crew crew) {
        final var random = scene.newRandom();
        crew.add("close", 1, _ -> () -> close(random));
        crew.add("use", USERS, _ -> new User(scene.newRandom())::use);
    }

    private void close(SplittableRandom random) {
        final var old = current;
        current = new Target(random.nextInt(8) == 0);
        Crew.linger(random);
        old.close();
    }

    private final class User {
        private final SplittableRandom random;
        private final MemorySegment one = MemorySegment.ofArray(new long[1]);

        User(SplittableRandom random) {
            this.random = random;
        }

        void use() {
            final var target = current;
            for (int i = 0; i < ACCESSES; i++) {
                final boolean wasClosed = target.isClosed;
                try {
                    access(target);
                } catch (IllegalStateException closed) {
                    requireReplaced(target);
                    return;
                } catch (SegmentationFaultException unmapped) {
                    requireReplaced(target);
                    if (wasClosed) {
                        throw new AssertionError("a space that is closed is said to be unmapped", unmapped);
                    }
                }
                if (wasClosed) {
                    throw new AssertionError("a space was used after it was closed");
                }
            }
        }

        private void access(Target target) {
            final long at = random.nextInt(PAGES) * scene.page();
            switch (random.nextInt(6)) {
                case 0 -> target.space.putLong(at, WORD);
                case 1 -> {
                    one.set(ValueLayout.JAVA_LONG, 0, WORD);
                    target.space.write(at, one);
                }
                case 2 -> {
                    target.space.read(at, one);
                    requireOwn(target, one.get(ValueLayout.JAVA_LONG, 0));
                }
                case 3 -> target.space.fork("child").close();
                default -> requireOwn(target, target.space.getLong(at));
            }
        }

        private void requireOwn(Target target, long word) {
            if (word == 0) {
                requireReplaced(target);
            } else if (word != WORD) {
                throw new AssertionError("0x%x in a space that is being closed".formatted(word));
            }
        }

        private void requireReplaced(Target target) {
            if (target == current) {
                throw new AssertionError("a space that nobody has closed");
            }
        }
    }
}
