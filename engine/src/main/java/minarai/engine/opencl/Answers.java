package minarai.engine.opencl;

/// What a queue answers to its commands: the driver's codes. A test of what follows the loss of a device puts another
/// answer in the place of the driver's.
@FunctionalInterface
interface Answers {

    /// What a queue is asked to do, and then asked about.
    enum Command {
        KERNEL, READ, WRITE, COPY, FINISH,
        /// How a command that was taken on came to its end.
        END
    }

    /// @param code the driver's
    /// @return the code that counts; 0 for success
    int to(Command command, int code);

    static Answers ofDriver() {
        return (command, code) -> code;
    }
}
