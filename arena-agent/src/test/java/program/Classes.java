package program;

/// Runs classes that are loaded by name.
public final class Classes {

    private Classes() {}

    /// Calls `run` of each, prints what they return, and `done`.
    public static void main(String[] names) throws ReflectiveOperationException {
        for (final var name : names) {
            System.out.println(name + " " + Class.forName(name).getMethod("run").invoke(null));
        }
        System.out.println("done");
    }
}
