package io.offheap.memory.stress;

import io.offheap.memory.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Spaces that come and go: they fill whatever memory others have just lost with words of their own, and look whether it
/// stays theirs.
final class Tenants implements Cell {

    private static final int MOST = 1;
    private static final int MOST_PAGES = 8;
    private static final int LOOKS = 3;

    private final Scene scene;
    private final int count;
    private final int firstTag;

    Tenants(Scene scene) {
        this.scene = scene;
        this.count = scene.newRandom().nextInt(MOST + 1);
        this.firstTag = scene.newTags(count);
    }

    @Override
    public void join(Crew crew) {
        crew.add("tenant", count, tenant -> new Tenant(firstTag + tenant, scene.newRandom())::stay);
    }

    private final class Tenant {
        private final int tag;
        private final SplittableRandom random;
        private final MemorySegment words = MemorySegment.ofArray(new long[(int) (scene.page() / Long.BYTES)]);
        private long stays;

        Tenant(int tag, SplittableRandom random) {
            this.tag = tag;
            this.random = random;
        }

        void stay() {
            stays++;
            final int pages = 1 + random.nextInt(MOST_PAGES);
            try (var space = scene.domain().newSpace("tenant")) {
                space.map(0, pages * scene.page());
                for (int page = 0; page < pages; page++) {
                    requireZero(space, page);
                    fill(space, page, random.nextBoolean());
                }
                for (int look = 0; look < LOOKS; look++) {
                    Crew.linger(random);
                    for (int page = 0; page < pages; page++) {
                        requireWhole(space, page);
                    }
                }
            }
        }

        private void requireZero(AddressSpace space, int page) {
            space.putByte(page * scene.page(), (byte) 0);                       // a frame, not the page of zeros
            space.read(page * scene.page(), words);
            for (long at = 0; at < scene.page(); at += Long.BYTES) {
                if (words.get(ValueLayout.JAVA_LONG, at) != 0) {
                    throw new AssertionError("a new page has 0x%x at %d".formatted(words.get(ValueLayout.JAVA_LONG, at), at));
                }
            }
        }

        private void fill(AddressSpace space, int page, boolean atOnce) {
            final long word = Stamp.of(tag, page, stays);
            for (long at = 0; at < scene.page(); at += Long.BYTES) {
                if (atOnce) {
                    words.set(ValueLayout.JAVA_LONG, at, word);
                } else {
                    space.putLong(page * scene.page() + at, word);
                }
            }
            if (atOnce) {
                space.write(page * scene.page(), words);
            }
        }

        private void requireWhole(AddressSpace space, int page) {
            for (long at = 0; at < scene.page(); at += Long.BYTES) {
                final long word = space.getLong(page * scene.page() + at);
                if (Stamp.sequence(word, tag, page) != stays) {
                    throw new AssertionError("a tenant wrote %d and finds 0x%x at %d".formatted(stays, word, at));
                }
            }
        }
    }
}
