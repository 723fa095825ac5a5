package io.offheap.agent;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.Instrumentation;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// The class that redirected code calls. It lies in `java.base`, beside the methods it stands for, and passes each call on
/// to what the agent has put into its fields:
///
/// ```
/// package java.nio;
/// public final class RedirectedToOffHeap {
///     static IntFunction ALLOCATE_DIRECT;
///     public static ByteBuffer allocateDirect(int capacity) { return (ByteBuffer) ALLOCATE_DIRECT.apply(capacity); }
///     ...
/// ```
///
/// It must be visible from every class loader and readable by every module, those of a module path and those of OSGi among
/// them. A class of `java.base` is, without a further word. A jar at the end of the bootstrap class path is not: named modules
/// do not read it, containers delegate `java.` packages only, and the JVM warns that it shares less of its archive.
final class Bridge {

    static final ClassDesc CLASS = ClassDesc.of("java.nio.RedirectedToOffHeap");

    private Bridge() {}

    /// Defines the class and connects it. To be called once in the life of the JVM.
    static void install(Instrumentation instrumentation, Surface surface) {
        try {
            final var lookup = Door.into(ByteBuffer.class, instrumentation);
            final var bridge = lookup.defineClass(classFile());
            for (final var redirection : Redirection.values()) {
                final var type = shapeOf(redirection).function;
                lookup.findStaticVarHandle(bridge, redirection.name(), type).setVolatile(target(redirection, surface));
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("java.nio is open to the one who asks", e);
        }
    }

    private static Object target(Redirection redirection, Surface surface) {
        return switch (redirection) {
            case ALLOCATE_DIRECT -> (IntFunction<?>) surface::allocateDirect;
            case INVOKE_CLEANER -> (BiConsumer<?, ByteBuffer>) surface::invokeCleaner;
            case OF_CONFINED -> (Supplier<?>) surface::ofConfined;
            case OF_SHARED -> (Supplier<?>) surface::ofShared;
            case OF_AUTO -> (Supplier<?>) surface::ofAuto;
            case GLOBAL -> (Supplier<?>) surface::global;
        };
    }

    /// The function of the JDK that a method of the bridge passes its arguments to.
    private enum Shape {
        FROM_INT(IntFunction.class, "apply", "(I)Ljava/lang/Object;"),
        OF_TWO(BiConsumer.class, "accept", "(Ljava/lang/Object;Ljava/lang/Object;)V"),
        OF_NOTHING(Supplier.class, "get", "()Ljava/lang/Object;");

        final Class<?> function;
        final ClassDesc type;
        final String method;
        final MethodTypeDesc methodType;

        Shape(Class<?> function, String method, String descriptor) {
            this.function = function;
            this.type = ClassDesc.of(function.getName());
            this.method = method;
            this.methodType = MethodTypeDesc.ofDescriptor(descriptor);
        }
    }

    private static Shape shapeOf(Redirection redirection) {
        final var type = redirection.bridgeType();
        return type.returnType().equals(ConstantDescs.CD_void) ? Shape.OF_TWO
                : type.parameterCount() == 0 ? Shape.OF_NOTHING : Shape.FROM_INT;
    }

    private static byte[] classFile() {
        return ClassFile.of().build(CLASS, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            for (final var redirection : Redirection.values()) {
                addMethod(builder, redirection, shapeOf(redirection));
            }
        });
    }

    private static void addMethod(ClassBuilder builder, Redirection redirection, Shape shape) {
        builder.withField(redirection.name(), shape.type, ClassFile.ACC_STATIC | ClassFile.ACC_VOLATILE);
        builder.withMethodBody(redirection.method(), redirection.bridgeType(), ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                code -> passOn(code.getstatic(CLASS, redirection.name(), shape.type), redirection, shape));
    }

    private static void passOn(CodeBuilder code, Redirection redirection, Shape shape) {
        switch (shape) {
            case FROM_INT -> code.iload(0);
            case OF_TWO -> code.aload(0).aload(1);
            case OF_NOTHING -> { }
        }
        code.invokeinterface(shape.type, shape.method, shape.methodType);
        if (shape == Shape.OF_TWO) {
            code.return_();
        } else {
            code.checkcast(redirection.bridgeType().returnType()).areturn();
        }
    }
}
