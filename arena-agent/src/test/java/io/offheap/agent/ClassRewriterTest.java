package io.offheap.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.Attributes;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClassRewriterTest {

    private static final String BRIDGE = "java/nio/RedirectedToOffHeap";

    private final ClassRewriter all = new ClassRewriter(EnumSet.allOf(Redirection.class));

    private static byte[] classFile(Class<?> type) throws IOException {
        try (var in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
            return in.readAllBytes();
        }
    }

    /// {@return for each method of the class, what of the bridge it calls or refers to}
    private static Map<String, List<String>> redirected(byte[] classFile) {
        final var found = new TreeMap<String, List<String>>();
        for (final var method : ClassFile.of().parse(classFile).methods()) {
            final var names = method.code().stream().flatMap(code -> code.elementStream())
                    .flatMap(element -> switch (element) {
                        case InvokeInstruction call when call.owner().asInternalName().equals(BRIDGE) ->
                            List.of(call.name().stringValue()).stream();
                        case InvokeDynamicInstruction call -> call.invokedynamic().bootstrap().arguments().stream()
                                .filter(MethodHandleEntry.class::isInstance).map(MethodHandleEntry.class::cast)
                                .filter(handle -> handle.reference().owner().asInternalName().equals(BRIDGE))
                                .map(handle -> "handle of " + handle.reference().name().stringValue());
                        default -> List.<String>of().stream();
                    }).toList();
            if (!names.isEmpty()) {
                found.put(method.methodName().stringValue(), names);
            }
        }
        return found;
    }

    @Test
    void callsAndMethodReferencesGoToTheBridgeAndNothingElseDoes() throws IOException {
        final var rewritten = all.rewrite(classFile(Sample.class)).orElseThrow();
        final var direct = List.of("allocateDirect");
        assertEquals(Map.of("call", direct, "callOfTheHeir", direct, "branches", direct, "lambda$lambda$0", direct,
                "reference", List.of("handle of allocateDirect"), "marked", List.of("handle of allocateDirect"), "arena", List.of("ofConfined"),
                "otherArenas", List.of("ofShared", "ofAuto", "global")),
                redirected(rewritten.bytes()));
        assertEquals(Map.of(Redirection.ALLOCATE_DIRECT, 6, Redirection.OF_CONFINED, 1, Redirection.OF_SHARED, 1,
                Redirection.OF_AUTO, 1, Redirection.GLOBAL, 1), rewritten.sites());
    }

    @Test
    void onlyWhatWasChosenIsRedirected() throws IOException {
        final var rewritten = new ClassRewriter(Redirection.BUFFERS).rewrite(classFile(Sample.class)).orElseThrow();
        assertEquals(Map.of(Redirection.ALLOCATE_DIRECT, 6), rewritten.sites());
    }

    @Test
    void rewrittenClassVerifiesAndKeepsItsStackMaps() throws IOException {
        final var original = classFile(Sample.class);
        final var rewritten = all.rewrite(original).orElseThrow().bytes();
        assertEquals(List.of(), ClassFile.of().verify(rewritten));
        assertArrayEquals(stackMap(original, "branches"), stackMap(rewritten, "branches"));
    }

    private static Object[] stackMap(byte[] classFile, String method) {
        final var code = (CodeAttribute) ClassFile.of().parse(classFile).methods().stream()
                .filter(candidate -> candidate.methodName().equalsString(method)).map(MethodModel::code).findFirst()
                .orElseThrow().orElseThrow();
        return code.findAttribute(Attributes.stackMapTable()).orElseThrow().entries().stream()
                .map(frame -> code.labelToBci(frame.target()) + " " + frame.locals() + frame.stack()).toArray();
    }

    @Test
    void classThatNamesNothingRedirectedIsLeftAlone() throws IOException {
        assertTrue(all.rewrite(classFile(ClassPatterns.class)).isEmpty());
    }

    @Test
    void handlesInLoadedConstantsAreRedirectedHoweverDeep() {
        final var handle = MethodHandleDesc.ofMethod(DirectMethodHandleDesc.Kind.STATIC, ClassDesc.of("java.nio.ByteBuffer"),
                "allocateDirect", MethodTypeDesc.ofDescriptor("(I)Ljava/nio/ByteBuffer;"));
        final var nested = DynamicConstantDesc.ofNamed(ConstantDescs.ofConstantBootstrap(
                ConstantDescs.CD_ConstantBootstraps, "explicitCast", ConstantDescs.CD_Object, ConstantDescs.CD_Object),
                "_", ConstantDescs.CD_Object, handle);
        final var bytes = ClassFile.of().build(ClassDesc.of("Constants"), builder -> builder.withMethodBody(
                "load", MethodTypeDesc.ofDescriptor("()V"), ClassFile.ACC_STATIC,
                code -> code.loadConstant(handle).pop().loadConstant(nested).pop().return_()));
        final var rewritten = all.rewrite(bytes).orElseThrow();
        assertEquals(Map.of(Redirection.ALLOCATE_DIRECT, 2), rewritten.sites());
        assertEquals(List.of(), ClassFile.of().verify(rewritten.bytes()));
    }

    /// Old compilers load constants with wider instructions than they need.
    @Test
    void instructionsThatLoadOtherConstantsKeepTheirForm() {
        final var bytes = ClassFile.of().build(ClassDesc.of("Wide"), builder -> builder.withMethodBody(
                "load", MethodTypeDesc.ofDescriptor("()V"), ClassFile.ACC_STATIC, code -> code
                        .with(ConstantInstruction.ofLoad(Opcode.LDC_W, code.constantPool().stringEntry("text"))).pop()
                        .loadConstant(1).invokestatic(ClassDesc.of("java.nio.ByteBuffer"), "allocateDirect",
                                MethodTypeDesc.ofDescriptor("(I)Ljava/nio/ByteBuffer;")).pop().return_()));
        final var rewritten = all.rewrite(bytes).orElseThrow().bytes();
        assertEquals(codeLength(bytes), codeLength(rewritten));
        assertEquals(Map.of("load", List.of("allocateDirect")), redirected(rewritten));
    }

    private static int codeLength(byte[] classFile) {
        return ((CodeAttribute) ClassFile.of().parse(classFile).methods().getFirst().code().orElseThrow()).codeLength();
    }

    @Test
    void callOfUnsafeTakesItsReceiverAlong() {
        final var bytes = ClassFile.of().build(ClassDesc.of("Cleaning"), builder -> builder.withMethodBody(
                "clean", MethodTypeDesc.ofDescriptor("(Lsun/misc/Unsafe;Ljava/nio/ByteBuffer;)V"), ClassFile.ACC_STATIC,
                code -> code.aload(0).aload(1).invokevirtual(ClassDesc.of("sun.misc.Unsafe"), "invokeCleaner",
                        MethodTypeDesc.ofDescriptor("(Ljava/nio/ByteBuffer;)V")).return_()));
        final var rewritten = all.rewrite(bytes).orElseThrow();
        assertEquals(Map.of("clean", List.of("invokeCleaner")), redirected(rewritten.bytes()));
        assertEquals(List.of(), ClassFile.of().verify(rewritten.bytes()));
    }

    @Test
    void malformedClassIsRefused() throws IOException {
        final var cut = java.util.Arrays.copyOf(classFile(Sample.class), 300);
        assertThrows(IllegalArgumentException.class, () -> all.rewrite(cut));
    }
}
