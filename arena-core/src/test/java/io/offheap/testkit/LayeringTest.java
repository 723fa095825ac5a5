package io.offheap.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.classfile.ClassSignature;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayeringTest {

    private static final ClassDesc HIGH = ClassDesc.of("top.High");
    private static final ClassDesc LOW = ClassDesc.of("bottom.Low");
    private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);

    private final Layering plan = new Layering(List.of("top", "middle", "bottom"), "middle");

    @TempDir
    Path classes;

    @Test
    void downwardUseIsRight() throws IOException {
        compile(HIGH, type -> type.withField("low", LOW, 0));
        assertEquals(Set.of(), plan.violations(classes));
    }

    @Test
    void upwardFieldIsFound() throws IOException {
        compile(LOW, type -> type.withField("high", HIGH, 0));
        assertUpward();
    }

    @Test
    void upwardMethodDescriptorIsFound() throws IOException {
        compile(LOW, type -> type.withMethod("take", MethodTypeDesc.of(HIGH.arrayType(), ConstantDescs.CD_int),
                ClassFile.ACC_ABSTRACT, method -> { }));
        assertUpward();
    }

    @Test
    void upwardCallIsFound() throws IOException {
        compile(LOW, type -> type.withMethodBody("call", NOTHING, 0,
                code -> code.invokestatic(HIGH, "called", NOTHING).return_()));
        assertUpward();
    }

    @Test
    void upwardArrayIsFound() throws IOException {
        compile(LOW, type -> type.withMethodBody("cast", NOTHING, 0,
                code -> code.aconst_null().checkcast(HIGH.arrayType()).pop().return_()));
        assertUpward();
    }

    @Test
    void upwardTypeArgumentIsFound() throws IOException {
        compile(LOW, type -> type.with(SignatureAttribute.of(
                ClassSignature.parseFrom("Ljava/lang/Object;Ljava/lang/Comparable<Ltop/High;>;"))));
        assertUpward();
    }

    @Test
    void packageOutsideThePlanIsFound() throws IOException {
        compile(ClassDesc.of("elsewhere.Other"), type -> { });
        assertEquals(Set.of("elsewhere/Other is in a package that the plan does not list"), plan.violations(classes));
    }

    @Test
    void restrictedCallIsFoundButOnItsOwnFloor() throws IOException {
        final var segment = ClassDesc.of("java.lang.foreign.MemorySegment");
        final Consumer<ClassBuilder> reinterpret = type -> type.withMethodBody("widen", NOTHING, 0,
                code -> code.aconst_null().lconst_1()
                        .invokeinterface(segment, "reinterpret", MethodTypeDesc.of(segment, ConstantDescs.CD_long))
                        .pop().return_());
        final Consumer<ClassBuilder> lookup = type -> type.withMethodBody("look", NOTHING, 0, code -> code
                .invokestatic(ClassDesc.of("java.lang.foreign.SymbolLookup"), "loaderLookup",
                        MethodTypeDesc.of(ClassDesc.of("java.lang.foreign.SymbolLookup")), true).pop().return_());
        compile(ClassDesc.of("middle.Floor"), reinterpret.andThen(lookup));
        assertEquals(Set.of(), plan.violations(classes));
        compile(HIGH, reinterpret);
        compile(LOW, lookup);
        assertEquals(Set.of("top/High calls java/lang/foreign/MemorySegment.reinterpret, which is restricted",
                "bottom/Low calls java/lang/foreign/SymbolLookup.loaderLookup, which is restricted"),
                plan.violations(classes));
    }

    @Test
    void checkOfNothingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> plan.violations(classes));
    }

    private void assertUpward() {
        assertEquals(Set.of("bottom/Low uses top/High, which is above it"), plan.violations(classes));
    }

    private void compile(ClassDesc name, Consumer<ClassBuilder> content) throws IOException {
        ClassFile.of().buildTo(classes.resolve(name.displayName() + ".class"), name, content);
    }
}
