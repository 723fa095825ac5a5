package io.offheap.agent;

import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.EnumSet;
import java.util.Set;

/// What is redirected: a method of the JDK, and the method of the [Bridge] that is called instead.
enum Redirection {

    ALLOCATE_DIRECT("java.nio.ByteBuffer", "allocateDirect", "(I)Ljava/nio/ByteBuffer;", true),
    INVOKE_CLEANER("sun.misc.Unsafe", "invokeCleaner", "(Ljava/nio/ByteBuffer;)V", false),
    OF_CONFINED("java.lang.foreign.Arena", "ofConfined", "()Ljava/lang/foreign/Arena;", true),
    OF_SHARED("java.lang.foreign.Arena", "ofShared", "()Ljava/lang/foreign/Arena;", true),
    OF_AUTO("java.lang.foreign.Arena", "ofAuto", "()Ljava/lang/foreign/Arena;", true),
    GLOBAL("java.lang.foreign.Arena", "global", "()Ljava/lang/foreign/Arena;", true);

    /// Those that need no option.
    static final Set<Redirection> BUFFERS = EnumSet.of(ALLOCATE_DIRECT, INVOKE_CLEANER);

    /// Static methods are inherited, and a call may name the heir.
    private static final ClassDesc HEIR_OF_BYTE_BUFFER = ClassDesc.of("java.nio.MappedByteBuffer");

    private final ClassDesc owner;
    private final String method;
    private final String descriptor;
    private final boolean isStatic;

    Redirection(String owner, String method, String descriptor, boolean isStatic) {
        this.owner = ClassDesc.of(owner);
        this.method = method;
        this.descriptor = descriptor;
        this.isStatic = isStatic;
    }

    String method() {
        return method;
    }

    /// {@return whether the method is static, so that handles of it can be redirected too}
    boolean isStatic() {
        return isStatic;
    }

    /// {@return the type of the static method of the bridge} A receiver comes first, as an object: the bridge must load
    /// where its class is not there.
    MethodTypeDesc bridgeType() {
        final var type = MethodTypeDesc.ofDescriptor(descriptor);
        return isStatic ? type : type.insertParameterTypes(0, ConstantDescs.CD_Object);
    }

    boolean isOf(MemberRefEntry member) {
        return member.name().equalsString(method) && member.type().equalsString(descriptor)
                && isOwner(member.owner().asSymbol());
    }

    private boolean isOwner(ClassDesc named) {
        return named.equals(owner) || this == ALLOCATE_DIRECT && named.equals(HEIR_OF_BYTE_BUFFER);
    }

    /// {@return for eyes: the class without its package, and the method}
    @Override
    public String toString() {
        return owner.displayName() + "." + method;
    }
}
