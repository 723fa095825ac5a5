package io.offheap.agent;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.instruction.ConstantInstruction.LoadConstantInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Rewrites a class file so that it calls the [Bridge]. Pure: bytes in, bytes out.
///
/// Only instructions and constants that name a redirected method change. Whatever else the file has is kept, stack maps
/// among it: a call is replaced by one that takes and leaves the same, so they hold, and no class has to be looked up to
/// compute them anew.
///
/// Any thread may call it.
final class ClassRewriter {

    /// A class as it should be loaded.
    ///
    /// @param bytes the class file
    /// @param sites how many call sites and method references were redirected
    record Rewritten(byte[] bytes, Map<Redirection, Integer> sites) {}

    /// Stack maps are handed through, so what they are for must stay as it is.
    private static final ClassFile FORMAT = ClassFile.of(
            ClassFile.StackMapsOption.DROP_STACK_MAPS, ClassFile.DeadCodeOption.KEEP_DEAD_CODE);

    private final Set<Redirection> redirections;

    ClassRewriter(Set<Redirection> redirections) {
        this.redirections = Set.copyOf(redirections);
    }

    /// {@return the class with its calls redirected, or empty if it has none}
    ///
    /// @throws IllegalArgumentException if the class file is malformed
    Optional<Rewritten> rewrite(byte[] classFile) {
        final var model = FORMAT.parse(classFile);
        if (!mentionsRedirected(model)) {
            return Optional.empty();
        }
        final var sites = new EnumMap<Redirection, Integer>(Redirection.class);
        final var bytes = FORMAT.transformClass(model, (builder, element) -> rewrite(builder, element, sites));
        return sites.isEmpty() ? Optional.empty() : Optional.of(new Rewritten(bytes, sites));
    }

    private boolean mentionsRedirected(ClassModel model) {
        for (final var entry : model.constantPool()) {
            if (entry instanceof MemberRefEntry member && redirectionOf(member) != null) {
                return true;
            }
        }
        return false;
    }

    /// {@return null if there is none}
    private Redirection redirectionOf(MemberRefEntry member) {
        for (final var redirection : redirections) {
            if (redirection.isOf(member)) {
                return redirection;
            }
        }
        return null;
    }

    private void rewrite(ClassBuilder builder, ClassElement element, Map<Redirection, Integer> sites) {
        if (!(element instanceof MethodModel method)) {
            builder.with(element);
            return;
        }
        builder.transformMethod(method, (methodBuilder, part) -> {
            if (part instanceof CodeModel code) {
                methodBuilder.transformCode(code, new Calls(code, sites));
            } else {
                methodBuilder.with(part);
            }
        });
    }

    private final class Calls implements CodeTransform {

        private final CodeModel code;
        private final Map<Redirection, Integer> sites;

        Calls(CodeModel code, Map<Redirection, Integer> sites) {
            this.code = code;
            this.sites = sites;
        }

        @Override
        public void accept(CodeBuilder builder, CodeElement element) {
            final var constants = new ConstantRewriter(builder.constantPool(), this::redirect);
            switch (element) {
                case InvokeInstruction call when isRedirected(call) ->
                    builder.invokestatic(constants.bridgeMethod(redirect(call.method())));
                case InvokeDynamicInstruction call -> builder.invokedynamic(constants.rewrite(call.invokedynamic()));
                case LoadConstantInstruction load -> rewrite(builder, load, constants.rewrite(load.constantEntry()));
                default -> builder.with(element);
            }
        }

        /// What loads the same is handed on as it was written, wider than it need be in some old classes.
        private static void rewrite(CodeBuilder builder, LoadConstantInstruction load, LoadableConstantEntry constant) {
            if (constant == load.constantEntry()) {
                builder.with(load);
            } else {
                builder.ldc(constant);
            }
        }

        private boolean isRedirected(InvokeInstruction call) {
            final var redirection = redirectionOf(call.method());
            return redirection != null
                    && call.opcode() == (redirection.isStatic() ? Opcode.INVOKESTATIC : Opcode.INVOKEVIRTUAL);
        }

        /// Looks up, and counts what it finds.
        private Redirection redirect(MemberRefEntry member) {
            final var found = redirectionOf(member);
            if (found != null) {
                sites.merge(found, 1, Integer::sum);
            }
            return found;
        }

        @Override
        public void atEnd(CodeBuilder builder) {
            code.findAttribute(Attributes.stackMapTable()).ifPresent(builder::with);
        }
    }
}
