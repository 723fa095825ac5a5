package io.offheap.memory.util;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// Whether the calling thread has the stack that a piece of work takes: asked before it begins, so that a stack that ends does so where
/// nothing has been begun, and not with a lock held or a page taken.
///
/// ## How
/// A method with very many local variables is called and returns. The JVM finds out at the entry of a method whether there is
/// stack for all of its frame: the interpreter compares, compiled code touches each page of what the frame would take if it were
/// interpreted, however little it takes. So the question costs a store for each 4 KiB, some nanoseconds, and a few microseconds
/// while it is interpreted. `javac` has no way to ask for a variable without naming it, so the methods are made at run time, once,
/// in a few milliseconds. They are padded with instructions that nobody executes, since the JIT inlines no method that is so long:
/// it would have its caller ask instead, and whoever that is inlined into.
///
/// Another JVM may find out later, in the midst of the work; then a stack that ends does what docs/concurrency.md tells of it.
///
/// Any thread, at any time.
public final class StackRoom {

    /// Bytes of stack that an operation takes, interpreted, from its question on: half of that was enough for all that `DeepStackTest` does.
    private static final int MUCH = 16 << 10;

    /// Bytes of stack that a few steps take, interpreted, some of them under a lock.
    private static final int LITTLE = 8 << 10;

    /// Bytecodes; the JIT inlines none that has more than 325 (`-XX:FreqInlineSize`).
    private static final int PADDING = 400;

    private static final MethodHandle TAKE_MUCH;
    private static final MethodHandle TAKE_LITTLE;

    static {
        try {
            final var made = MethodHandles.lookup().defineHiddenClass(newClass(), true);
            final var type = MethodType.methodType(void.class);
            TAKE_MUCH = made.findStatic(made.lookupClass(), "takeMuch", type);
            TAKE_LITTLE = made.findStatic(made.lookupClass(), "takeLittle", type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private StackRoom() {}

    /// Asks for what any operation of the library takes.
    ///
    /// @throws StackOverflowError if there is less
    public static void requireMuch() {
        ask(TAKE_MUCH);
    }

    /// {@return whether there is what any operation of the library takes}
    public static boolean hasMuch() {
        try {
            requireMuch();
            return true;
        } catch (StackOverflowError tooLittle) {
            return false;
        }
    }

    /// Asks for what a few steps take that call nothing of the operating system.
    ///
    /// @throws StackOverflowError if there is less
    public static void requireLittle() {
        ask(TAKE_LITTLE);
    }

    private static void ask(MethodHandle question) {
        try {
            question.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("it throws nothing checked", t);
        }
    }

    private static byte[] newClass() {
        final var name = ClassDesc.of(StackRoom.class.getPackageName(), "TakenStack");
        return ClassFile.of().build(name, type -> type
                .withMethodBody("takeMuch", ConstantDescs.MTD_void, ClassFile.ACC_STATIC, code -> take(code, name, MUCH))
                .withMethodBody("takeLittle", ConstantDescs.MTD_void, ClassFile.ACC_STATIC, code -> take(code, name, LITTLE))
                .withMethodBody("doNothing", ConstantDescs.MTD_void, ClassFile.ACC_STATIC, code -> pad(code).return_()));
    }

    /// A local variable takes a word; only the last one is ever used. Compiled code that calls nothing would ask for no stack.
    private static void take(CodeBuilder code, ClassDesc owner, int bytes) {
        pad(code).iconst_0().istore(bytes / Long.BYTES).invokestatic(owner, "doNothing", ConstantDescs.MTD_void).return_();
    }

    private static CodeBuilder pad(CodeBuilder code) {
        final var end = code.newLabel();
        code.goto_(end);
        for (int i = 0; i < PADDING; i++) {
            code.nop();
        }
        return code.labelBinding(end);
    }
}
