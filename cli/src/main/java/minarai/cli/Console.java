package minarai.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Where a command reads and prints.
///
/// @param in            what the user types or pipes in
/// @param out           results
/// @param err           progress, remarks and errors
/// @param isOutTerminal whether a person looks at `out`
/// @param isErrTerminal whether a person looks at `err`
record Console(InputStream in, PrintStream out, PrintStream err, boolean isOutTerminal, boolean isErrTerminal) {

    private static final String ERASE_LINE_ABOVE = "\033[1A\033[2K\r";

    /// Made when the first object is printed: it takes longer than many a command.
    private static final class Json {
        private static final JsonMapper MAPPER = JsonMapper.builder().build();
    }

    /// The console of this process. The launcher says what is a terminal, because Java can tell only of both together.
    static Console ofProcess() {
        var console = new Console(new FileInputStream(FileDescriptor.in), printer(FileDescriptor.out),
                printer(FileDescriptor.err), Boolean.getBoolean("minarai.terminal.out"),
                Boolean.getBoolean("minarai.terminal.err"));
        console.eraseIncubatorWarning();
        return console;
    }

    private static PrintStream printer(FileDescriptor descriptor) {
        return Printer.over(new FileOutputStream(descriptor));
    }

    /// Java announces the vector module in a line of its own before any program begins, and has no option against it.
    private void eraseIncubatorWarning() {
        if (isErrTerminal) {
            err.print(ERASE_LINE_ABOVE);
            err.flush();
        }
    }

    /// Prints one JSON object as one line.
    void json(Map<String, ?> fields) {
        out.println(Json.MAPPER.writeValueAsString(fields));
    }

    /// Prints a line for a reader of the result.
    void line(String format, Object... values) {
        out.println(values.length == 0 ? format : format.formatted(values));
    }

    /// Prints a remark that is no part of the result.
    void remark(String format, Object... values) {
        err.println(values.length == 0 ? format : format.formatted(values));
    }
}
