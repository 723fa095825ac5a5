/// A program that needs nothing but the JDK.
module example.unchanged {
}
