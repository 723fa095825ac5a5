package io.offheap.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What others compile against: the public and protected members of public classes, read from compiled classes.
///
/// Programs outside of the repository have these names, so a change of one is a decision, and shows as a changed line of a
/// file that is kept beside the test. Generic types are erased: a caller that was compiled before goes by the erased ones.
public final class PublicApi {

    private PublicApi() {}

    /// {@return a line for each public class, and for each public or protected member of one}
    ///
    /// @param classes  a folder of compiled classes
    /// @param packages whose classes, with dots
    /// @throws IllegalArgumentException if there are none in one of them
    public static SortedSet<String> of(Path classes, String... packages) {
        final var found = new TreeSet<String>();
        for (final var name : packages) {
            try (var files = Files.list(classes.resolve(name.replace('.', '/')))) {
                for (final var file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                    addClass(ClassFile.of().parse(file), found);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (found.stream().noneMatch(line -> line.startsWith(name + "."))) {
                throw new IllegalArgumentException("no public classes in package " + name);
            }
        }
        return found;
    }

    /// {@return what a file with these lines and the compiled classes do not have in common: `- ` before what is gone, `+ ` before what
    /// is new} A line that is gone breaks programs; a new one is added to the file with the change that brings it.
    public static List<String> changes(Path file, Path classes, String... packages) throws IOException {
        final var before = new TreeSet<>(Files.readAllLines(file));
        final var now = of(classes, packages);
        return Stream.concat(
                before.stream().filter(line -> !now.contains(line)).map(line -> "- " + line),
                now.stream().filter(line -> !before.contains(line)).map(line -> "+ " + line)).toList();
    }

    private static void addClass(ClassModel type, SortedSet<String> found) {
        if (!isVisible(type)) {
            return;
        }
        final String name = type.thisClass().asInternalName().replace('/', '.');
        found.add(name + " is " + kindOf(type));
        for (final var field : type.fields()) {
            if (isVisible(field.flags())) {
                found.add(name + " " + access(field.flags()) + nameOf(field.fieldTypeSymbol()) + " "
                        + field.fieldName().stringValue());
            }
        }
        for (final var method : type.methods()) {
            if (isVisible(method.flags()) && !method.flags().has(AccessFlag.SYNTHETIC)) {
                found.add(name + " " + access(method.flags()) + signature(method));
            }
        }
    }

    /// A nested class says in its own attribute how it was declared, and is hidden if the one around it is.
    private static boolean isVisible(ClassModel type) {
        return type.flags().has(AccessFlag.PUBLIC)
                && type.findAttribute(Attributes.innerClasses()).stream().flatMap(nested -> nested.classes().stream())
                        .filter(nested -> nested.innerClass().equals(type.thisClass()))
                        .allMatch(nested -> nested.has(AccessFlag.PUBLIC) || nested.has(AccessFlag.PROTECTED));
    }

    private static boolean isVisible(AccessFlags flags) {
        return flags.has(AccessFlag.PUBLIC) || flags.has(AccessFlag.PROTECTED);
    }

    private static String kindOf(ClassModel type) {
        final var flags = type.flags();
        final String kind = flags.has(AccessFlag.INTERFACE) ? "interface"
                : (flags.has(AccessFlag.FINAL) ? "final " : flags.has(AccessFlag.ABSTRACT) ? "abstract " : "") + "class";
        final String above = type.superclass().map(ClassEntry::asSymbol).map(PublicApi::nameOf).orElse("");
        return kind + ", extends " + above + type.interfaces().stream().map(ClassEntry::asSymbol).map(PublicApi::nameOf)
                .sorted().collect(Collectors.joining(", ", " and [", "]"));
    }

    private static String access(AccessFlags flags) {
        return List.of(AccessFlag.PROTECTED, AccessFlag.STATIC, AccessFlag.ABSTRACT).stream().filter(flags::has)
                .map(flag -> flag.name().toLowerCase(Locale.ROOT) + " ").collect(Collectors.joining());
    }

    private static String signature(MethodModel method) {
        final var type = method.methodTypeSymbol();
        return nameOf(type.returnType()) + " " + method.methodName().stringValue()
                + type.parameterList().stream().map(PublicApi::nameOf).collect(Collectors.joining(", ", "(", ")"));
    }

    private static String nameOf(ClassDesc type) {
        if (type.isArray()) {
            return nameOf(type.componentType()) + "[]";
        }
        return type.isPrimitive() || type.packageName().isEmpty() ? type.displayName() : type.packageName() + "." + type.displayName();
    }
}
