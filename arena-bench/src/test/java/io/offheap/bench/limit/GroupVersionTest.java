package io.offheap.bench.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Both versions on files as the kernel writes them.
class GroupVersionTest {

    @TempDir
    private Path folder;

    @Test
    void versionOneCounts() throws IOException {
        Files.writeString(folder.resolve("memory.failcnt"), "17\n");
        Files.writeString(folder.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 1\noom_kill 2\n");
        final GroupFiles files = new GroupFiles(folder);
        assertEquals(17, GroupVersion.V1.failures(files));
        assertEquals(2, GroupVersion.V1.kills(files));
        assertTrue(GroupVersion.V1.delegates(files));
    }

    @Test
    void versionTwoCounts() throws IOException {
        Files.writeString(
                folder.resolve("memory.events"), "low 0\nhigh 3\nmax 41\noom 1\noom_kill 1\noom_group_kill 0\n");
        final GroupFiles files = new GroupFiles(folder);
        assertEquals(41, GroupVersion.V2.failures(files));
        assertEquals(1, GroupVersion.V2.kills(files));
    }

    @Test
    void versionTwoNeedsTheControllerHandedDown() throws IOException {
        final GroupFiles files = new GroupFiles(folder);
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu pids\n");
        assertFalse(GroupVersion.V2.delegates(files));
        Files.writeString(folder.resolve("cgroup.subtree_control"), "cpu memory pids\n");
        assertTrue(GroupVersion.V2.delegates(files));
    }

    @Test
    void whatIsNotCountedIsNotTakenForZero() throws IOException {
        Files.writeString(folder.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\n");
        final var missing = assertThrows(
                IllegalStateException.class, () -> GroupVersion.V1.kills(new GroupFiles(folder)));
        assertTrue(missing.getMessage().contains("oom_kill"), missing::getMessage);
    }
}
