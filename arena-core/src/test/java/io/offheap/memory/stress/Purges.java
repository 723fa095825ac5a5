package io.offheap.memory.stress;

import java.util.SplittableRandom;

/// Memory is wanted elsewhere, all the time.
final class Purges implements Cell {

    private static final int MOST_PAGES = 6;

    private final Scene scene;
    private final SplittableRandom random;

    Purges(Scene scene) {
        this.scene = scene;
        this.random = scene.newRandom();
    }

    @Override
    public void join(Crew crew) {
        crew.add("purge", random.nextInt(2), _ -> this::purge);
    }

    private void purge() {
        final long bytes = (1 + random.nextInt(MOST_PAGES)) * scene.page();
        if (random.nextBoolean()) {
            scene.domain().purge(bytes);
        } else {
            scene.domain().tryPurge(bytes);
        }
        Crew.linger(random);
    }
}
