package io.offheap.agent;

import java.lang.classfile.BootstrapMethodEntry;
import java.lang.classfile.constantpool.ConstantDynamicEntry;
import java.lang.classfile.constantpool.ConstantPoolBuilder;
import java.lang.classfile.constantpool.IntegerEntry;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.lang.classfile.constantpool.LoadableConstantEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandleInfo;
import java.util.List;
import java.util.function.Function;

/// Replaces handles of redirected methods in constants, however deep: a method reference is a handle among the arguments of
/// a dynamic call.
final class ConstantRewriter {

    /// The place of its flags among the arguments of `LambdaMetafactory.altMetafactory` that a class file has.
    private static final int ALT_METAFACTORY_FLAGS = 3;

    private final ConstantPoolBuilder pool;
    private final Function<MemberRefEntry, Redirection> redirections;

    /// @param redirections answers null for what is not redirected
    ConstantRewriter(ConstantPoolBuilder pool, Function<MemberRefEntry, Redirection> redirections) {
        this.pool = pool;
        this.redirections = redirections;
    }

    MethodRefEntry bridgeMethod(Redirection redirection) {
        return pool.methodRefEntry(Bridge.CLASS, redirection.method(), redirection.bridgeType());
    }

    /// {@return the call with its arguments rewritten, or itself} A serializable method reference is left as it is: its
    /// serial form names the method, and its class knows no other when it is read back.
    InvokeDynamicEntry rewrite(InvokeDynamicEntry call) {
        if (isSerializable(call.bootstrap())) {
            return call;
        }
        final var bootstrap = rewrite(call.bootstrap());
        return bootstrap == call.bootstrap() ? call : pool.invokeDynamicEntry(bootstrap, call.nameAndType());
    }

    private static boolean isSerializable(BootstrapMethodEntry bootstrap) {
        final var method = bootstrap.bootstrapMethod().reference();
        return method.owner().name().equalsString("java/lang/invoke/LambdaMetafactory")
                && method.name().equalsString("altMetafactory")
                && bootstrap.arguments().get(ALT_METAFACTORY_FLAGS) instanceof IntegerEntry flags
                && (flags.intValue() & LambdaMetafactory.FLAG_SERIALIZABLE) != 0;
    }

    /// {@return the constant with what it is made of rewritten, or itself}
    LoadableConstantEntry rewrite(LoadableConstantEntry constant) {
        return switch (constant) {
            case MethodHandleEntry handle -> rewrite(handle);
            case ConstantDynamicEntry dynamic -> {
                final var bootstrap = rewrite(dynamic.bootstrap());
                yield bootstrap == dynamic.bootstrap() ? dynamic : pool.constantDynamicEntry(bootstrap, dynamic.nameAndType());
            }
            default -> constant;
        };
    }

    private BootstrapMethodEntry rewrite(BootstrapMethodEntry bootstrap) {
        final List<LoadableConstantEntry> arguments = bootstrap.arguments().stream().map(this::rewrite).toList();
        return arguments.equals(bootstrap.arguments()) ? bootstrap : pool.bsmEntry(bootstrap.bootstrapMethod(), arguments);
    }

    /// Handles of methods with a receiver stay: the bridge takes it as an object, and a method reference wants its own type.
    private MethodHandleEntry rewrite(MethodHandleEntry handle) {
        if (handle.kind() != MethodHandleInfo.REF_invokeStatic) {
            return handle;
        }
        final var redirection = redirections.apply(handle.reference());
        return redirection == null ? handle
                : pool.methodHandleEntry(MethodHandleInfo.REF_invokeStatic, bridgeMethod(redirection));
    }
}
