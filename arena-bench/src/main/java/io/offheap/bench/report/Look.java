package io.offheap.bench.report;

import java.util.List;
import java.util.Map;

/// How a contestant looks, the same in every plot: a colour for its family, a dash for which member it is. The colours
/// are those of Okabe and Ito, made lighter for dark paper; they can be told apart by those who do not see red or
/// green, and no plot relies on them alone: every line and bar carries its name.
public final class Look {

    /// The members of families, the one with the unbroken line first.
    private static final Map<String, List<String>> MEMBERS = Map.of(
            "ours", List.of("offheap-address", "offheap-segment", "offheap-confined", "offheap-address-unchecked"),
            "giving", List.of("offheap-madvfree", "offheap-eager"),
            "jdk", List.of("jdk-confined", "jdk-direct", "jdk-direct-cleaner", "jdk-shared", "jdk-auto"),
            "libc", List.of("ffm-malloc", "unsafe-malloc", "raw-madvise"),
            "native", List.of("ffm-mimalloc", "ffm-jemalloc", "ffm-tcmalloc"),
            "netty", List.of("netty-pooled", "netty-adaptive", "netty-unpooled"),
            "arrow", List.of("arrow-unsafe"),
            "inc", List.of("c-mimalloc", "c-jemalloc", "c-tcmalloc", "c-glibc"));

    private static final int DASHES = 4;

    private Look() {}

    /// {@return the classes of CSS that a contestant's marks carry}
    public static String of(String contestant) {
        for (Map.Entry<String, List<String>> family : MEMBERS.entrySet()) {
            final int member = family.getValue().indexOf(contestant);
            if (member >= 0) {
                return "k-%s d%d".formatted(family.getKey(), member % DASHES);
            }
        }
        return contestant.startsWith("offheap-") ? "k-ours d1" : "k-other d0";
    }
}
