package io.offheap.bench.contestant;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the C allocators that are installed, by the names under which distributions install them.
///
/// They are preloaded, not opened later: jemalloc's thread-local block is reserved when a process starts, and
/// `dlopen` refuses it ("cannot allocate memory in static TLS block").
public final class NativeLibraries {

    /// Where Linux distributions put libraries.
    private static final List<String> USUAL_FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/usr/local/lib",
            "/usr/local/lib64");

    private NativeLibraries() {}

    /// An allocator written in C.
    public enum Kind {
        /// jemalloc.
        JEMALLOC("libjemalloc.so.2", "libjemalloc.so"),
        /// mimalloc.
        MIMALLOC("libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so"),
        /// gperftools' tcmalloc.
        TCMALLOC("libtcmalloc_minimal.so.4", "libtcmalloc.so.4", "libtcmalloc_minimal.so");

        private final List<String> fileNames;

        Kind(String... fileNames) {
            this.fileNames = List.of(fileNames);
        }

        /// {@return its name in those of contestants}
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// {@return the file of an allocator}
    ///
    /// @param folders looked at first, separated by `:`; may be empty
    public static Optional<Path> find(Kind kind, String folders) {
        return Stream.of(folders, System.getenv().getOrDefault("LD_LIBRARY_PATH", ""))
                .flatMap(path -> Arrays.stream(path.split(File.pathSeparator)))
                .filter(folder -> !folder.isEmpty())
                .flatMap(folder -> in(folder, kind))
                .findFirst()
                .or(() -> USUAL_FOLDERS.stream().flatMap(folder -> in(folder, kind)).findFirst());
    }

    private static Stream<Path> in(String folder, Kind kind) {
        return kind.fileNames.stream()
                .map(name -> Path.of(folder).resolve(name).toAbsolutePath())
                .filter(Files::isRegularFile);
    }
}
