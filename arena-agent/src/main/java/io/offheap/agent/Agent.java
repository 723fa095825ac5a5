package io.offheap.agent;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.instrument.Instrumentation;
import java.util.concurrent.atomic.AtomicBoolean;

/// Where the JVM enters: `-javaagent:arena-agent.jar[=options]`, or by attaching to a running JVM.
///
/// From then on the classes of the program and of its libraries call [Surface] where they called
/// `ByteBuffer.allocateDirect` and, on option, the factories of `Arena`; docs/agent.md tells what is left alone. Nothing is
/// allocated and no native code is called before the program's first such call.
public final class Agent {

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private Agent() {}

    /// Starts with the JVM, before the program's main method.
    ///
    /// @param arguments see [AgentOptions#parse]; null: none
    /// @throws IllegalArgumentException if an option is wrong; the JVM does not start then
    public static void premain(String arguments, Instrumentation instrumentation) {
        if (STARTED.compareAndSet(false, true)) {
            start(AgentOptions.parse(arguments), instrumentation);
        }
    }

    /// Starts in a running JVM: classes that are loaded already are redirected too. Buffers they hold stay what they are.
    ///
    /// A second start does nothing: the options of the first hold.
    ///
    /// @param arguments see [AgentOptions#parse]; null: none
    /// @throws IllegalArgumentException if an option is wrong; nothing has changed then
    public static void agentmain(String arguments, Instrumentation instrumentation) {
        final var options = AgentOptions.parse(arguments);
        if (STARTED.compareAndSet(false, true)) {
            start(options, instrumentation).redirectLoaded(instrumentation);
        }
    }

    private static Transformer start(AgentOptions options, Instrumentation instrumentation) {
        final var log = new Log(options.verbosity());
        final var counters = new Counters();
        Bridge.install(instrumentation, new Surface(counters, log, () -> makeAllocator(counters, log)));
        final var transformer = new Transformer(options, counters, log);
        transformer.warmUp();
        instrumentation.addTransformer(transformer, true);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> log.summary(counters), "arena-agent-summary"));
        return transformer;
    }

    private static OffHeapAllocator makeAllocator(Counters counters, Log log) {
        final var allocator = OffHeapAllocator.shared();
        if (ModuleLayer.boot().findModule("java.management").isPresent()) {
            AgentBean.register(counters, log);
        }
        return allocator;
    }
}
