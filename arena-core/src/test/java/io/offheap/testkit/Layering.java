package io.offheap.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// A floor plan, checked against compiled classes: a package may use those listed after it and never one listed
/// before; every package is listed; restricted methods are called on one floor only.
///
/// Uses are looked for among the class entries of the constant pool and among the class names in its text
/// entries, which hold every descriptor and signature: of a field, a method, a call, a lambda, an array.
public final class Layering {

    /// `Lname;` in a descriptor, `Lname<` in a signature. Inner classes in a signature follow after a dot.
    private static final Pattern NAME_IN_DESCRIPTOR = Pattern.compile("L([\\w$]+(?:/[\\w$]+)*)(?=[;<.])");
    private static final Pattern DESCRIPTOR = Pattern.compile("[\\w$/;:<>\\[\\]()*+.\\-^]*");

    /// Restricted methods of JDK 25, and the types that are good for nothing else.
    private static final Set<String> RESTRICTED_TYPES =
            Set.of("java/lang/foreign/Linker", "java/lang/foreign/SymbolLookup");
    private static final Set<String> RESTRICTED_METHODS = Set.of(
            "java/lang/foreign/MemorySegment.reinterpret", "java/lang/foreign/AddressLayout.withTargetLayout",
            "java/lang/System.load", "java/lang/System.loadLibrary",
            "java/lang/Runtime.load", "java/lang/Runtime.loadLibrary",
            "java/lang/ModuleLayer$Controller.enableNativeAccess");

    private final List<String> topDown;
    private final String restrictedIn;

    /// @param topDown      package names with dots, the top floor first
    /// @param restrictedIn the package that may call restricted methods; empty for none
    public Layering(List<String> topDown, String restrictedIn) {
        this.topDown = topDown.stream().map(name -> name.replace('.', '/')).toList();
        this.restrictedIn = restrictedIn.replace('.', '/');
    }

    /// {@return what is against the plan in all classes below a directory, one sentence each, sorted}
    ///
    /// @throws IllegalArgumentException if there are none: a check of nothing passes too easily
    public Set<String> violations(Path classes) {
        final var found = new TreeSet<String>();
        try (var files = Files.walk(classes)) {
            final var compiled = files.filter(file -> file.toString().endsWith(".class")
                    && !file.endsWith("module-info.class")).toList();
            if (compiled.isEmpty()) {
                throw new IllegalArgumentException("no classes in " + classes);
            }
            for (final var file : compiled) {
                check(ClassFile.of().parse(file), found);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private void check(ClassModel type, Set<String> found) {
        final String from = type.thisClass().asInternalName();
        if (!topDown.contains(packageOf(from))) {
            found.add(from + " is in a package that the plan does not list");
        }
        for (final String to : usedBy(type)) {
            if (isUpward(from, to)) {
                found.add(from + " uses " + to + ", which is above it");
            }
        }
        if (packageOf(from).equals(restrictedIn)) {
            return;
        }
        for (final var entry : type.constantPool()) {
            if (entry instanceof MemberRefEntry member) {
                final String owner = member.owner().asInternalName();
                final String method = owner + "." + member.name().stringValue();
                if (isRestrictedType(owner) || RESTRICTED_METHODS.contains(method)) {
                    found.add(from + " calls " + method + ", which is restricted");
                }
            }
        }
    }

    private static boolean isRestrictedType(String owner) {
        return RESTRICTED_TYPES.stream().anyMatch(type -> owner.equals(type) || owner.startsWith(type + "$"));
    }

    private static Set<String> usedBy(ClassModel type) {
        final var used = new HashSet<String>();
        for (final var entry : type.constantPool()) {
            switch (entry) {
                case ClassEntry named when !named.asInternalName().startsWith("[") -> used.add(named.asInternalName());
                case Utf8Entry text when DESCRIPTOR.matcher(text.stringValue()).matches() ->
                    NAME_IN_DESCRIPTOR.matcher(text.stringValue()).results().forEach(name -> used.add(name.group(1)));
                default -> { }
            }
        }
        return used;
    }

    private boolean isUpward(String from, String to) {
        final int here = topDown.indexOf(packageOf(from));
        final int there = topDown.indexOf(packageOf(to));
        return 0 <= there && there < here;
    }

    private static String packageOf(String internalName) {
        return internalName.substring(0, Math.max(0, internalName.lastIndexOf('/')));
    }
}
