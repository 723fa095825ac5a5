package io.offheap.bench.contestant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContestantsTest {

    @Test
    void everyNameIsThereOnceAndCanBeFound() {
        final List<String> names = Contestants.all("").stream().map(Setup::name).toList();
        assertEquals(names.size(), new HashSet<>(names).size(), names::toString);
        names.forEach(name -> assertEquals(name, Contestants.find(name, "").orElseThrow().name()));
        assertTrue(names.contains(Contestants.OFFHEAP_ADDRESS) && names.contains(Contestants.NETTY_ADAPTIVE));
    }

    @Test
    void whoIsNotThereIsNamed() {
        assertTrue(Contestants.find("jdk-nothing", "").isEmpty());
        final var thrown = assertThrows(
                IllegalArgumentException.class, () -> Contestants.create("ffm-nothing", SharedBudget.NONE));
        assertTrue(thrown.getMessage().contains("ffm-nothing"), thrown::getMessage);
    }

    @Test
    void aLibraryIsPreloadedFromTheFolderThatIsNamedFirst(@TempDir Path folder) throws Exception {
        final Path library = Files.createFile(folder.resolve("libmimalloc.so.2"));
        assertEquals(library, NativeLibraries.find(NativeLibraries.Kind.MIMALLOC, "/nowhere:" + folder).orElseThrow());
        final Setup setup = Contestants.find("ffm-mimalloc", folder.toString()).orElseThrow();
        assertEquals(library.toString(), setup.environment().get("LD_PRELOAD"));
        assertTrue(setup.jvmFlags().contains("-Dio.offheap.bench.library=" + library), setup::toString);
    }

    @Test
    void theControlTakesPartOnlyWhereItIsAskedFor() {
        assertTrue(Contestants.all("").stream().noneMatch(setup -> setup.name().equals(Contestants.CONTROL)));
        assertTrue(Contestants.find(Contestants.CONTROL, "").isPresent());
    }
}
