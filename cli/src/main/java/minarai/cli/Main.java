package minarai.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `minarai` command: runs the subcommand that was asked for and turns failures into sentences.
@Command(name = "minarai", description = "Instruction tuning of small language models.",
        synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n",
        footer = {"", "Examples:", "  minarai demo", "  minarai tune -m models/base -d pairs.jsonl -o runs/first",
            "  minarai generate -m models/base -a runs/first --chat --prompt 'What is a loss mask?'"})
public final class Main {

    private final Console console;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this help")
    private boolean isHelp;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "show the version")
    private boolean isVersion;

    private Main(Console console) {
        this.console = console;
    }

    /// Runs the command and ends the process with its exit code.
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        var console = Console.ofProcess();
        System.exit(written(console, run(console, arguments)));
    }

    /// The exit code of a command whose result was printed: one that nobody can read is a failure.
    static int written(Console console, int code) {
        if (code == 0 && console.out() instanceof Printer printer && printer.failure().isPresent()) {
            console.remark("minarai: the result could not be written out whole: %s",
                    printer.failure().get().getMessage());
            return Failures.FAILED;
        }
        return code;
    }

    /// Runs the command.
    ///
    /// @return the exit code
    static int run(Console console, String... arguments) {
        try {
            if (List.of(arguments).equals(List.of("--version")) || List.of(arguments).equals(List.of("-V"))) {
                console.line("minarai " + version());
                return 0;
            }
            return commandLine(console, arguments.length == 0 ? "" : arguments[0]).execute(arguments);
        } catch (OutOfMemoryError memory) {
            return report(console, memory, false);
        } finally {
            console.out().flush();
            console.err().flush();
        }
    }

    /// @param first the first argument; if it names a command, the others are not made, which would take a while
    private static CommandLine commandLine(Console console, String first) {
        var main = new Main(console);
        var line = new CommandLine(main);
        var commands = commands(console);
        commands.forEach((name, command) -> {
            if (name.equals(first) || !commands.containsKey(first)) {
                line.addSubcommand(name, command.get());
            }
        });
        setBlanksBehindDescriptions(line);
        line.getCommandSpec().version("minarai " + version());
        line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(console.isOutTerminal() ? Ansi.ON : Ansi.OFF));
        line.setUsageHelpWidth(100);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(LocalDateTime.class, Main::time);
        line.setParameterExceptionHandler((wrong, given) -> main.usage(wrong));
        line.setExecutionExceptionHandler((failure, command, parsed) ->
                report(console, failure, parsed.hasMatchedOption("--verbose")));
        line.setExecutionStrategy(main::execute);
        return line;
    }

    /// In a list of commands descriptions stand without a blank line behind each.
    private static void setBlanksBehindDescriptions(CommandLine line) {
        var usage = line.getCommandSpec().usageMessage();
        if (line.getCommandSpec().positionalParameters().isEmpty()) {
            usage.optionListHeading("%n");
        } else {
            usage.parameterListHeading("%n");
        }
        line.getSubcommands().values().forEach(Main::setBlanksBehindDescriptions);
    }

    private static SequencedMap<String, Supplier<Object>> commands(Console console) {
        var commands = new LinkedHashMap<String, Supplier<Object>>();
        commands.put("demo", () -> new DemoCommand(console));
        commands.put("data", () -> DataCommand.line(console));
        commands.put("tune", () -> new TuneCommand(console));
        commands.put("plan", () -> new PlanCommand(console));
        commands.put("replay", () -> new ReplayCommand(console));
        commands.put("forget", () -> new ForgetCommand(console));
        commands.put("influence", () -> new InfluenceCommand(console));
        commands.put("generate", () -> new GenerateCommand(console));
        commands.put("chat", () -> new ChatCommand(console));
        commands.put("eval", () -> new EvalCommand(console));
        commands.put("compare", () -> new CompareCommand(console));
        commands.put("judge", () -> JudgeCommand.line(console));
        commands.put("gate", () -> new GateCommand(console));
        commands.put("curve", () -> new CurveCommand(console));
        commands.put("specialise", () -> new SpecialiseCommand(console));
        commands.put("export", () -> new ExportCommand(console));
        commands.put("inspect", () -> InspectCommand.line(console));
        commands.put("lab", () -> LabCommand.line(console));
        commands.put("doctor", () -> new DoctorCommand(console));
        commands.put("bench", () -> BenchTokenizer.within(console));
        return commands;
    }

    private static LocalDateTime time(String text) {
        try {
            return LocalDateTime.parse(text);
        } catch (DateTimeParseException none) {
            throw new TypeConversionException("'%s' is no time such as 2026-01-31T09:00:00".formatted(text));
        }
    }

    private int execute(CommandLine.ParseResult parsed) {
        var deepest = parsed;
        while (deepest.hasSubcommand()) {
            deepest = deepest.subcommand();
        }
        boolean isGroup = !(deepest.commandSpec().userObject() instanceof Callable<?>);
        if (isGroup && !deepest.isUsageHelpRequested() && !deepest.isVersionHelpRequested()) {
            deepest.commandSpec().commandLine().usage(console.err());
            return Failures.USAGE;
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private int usage(ParameterException wrong) {
        var line = wrong.getCommandLine();
        console.remark(wrong.getMessage().replace("option option", "option"));
        UnmatchedArgumentException.printSuggestions(wrong, line.getErr());
        console.remark("See: %s --help", line.getCommandSpec().qualifiedName());
        return Failures.USAGE;
    }

    private static int report(Console console, Throwable failure, boolean isVerbose) {
        var meaning = Failures.of(failure);
        if (meaning.exitCode() != Failures.STOPPED) {
            console.remark("minarai: " + meaning.sentence());
        }
        if (isVerbose) {
            failure.printStackTrace(console.err());
        }
        return meaning.exitCode();
    }

    /// The version of this build.
    static String version() {
        try (InputStream resource = Main.class.getResourceAsStream("version.txt")) {
            if (resource == null) {
                throw new IllegalStateException("the resource version.txt is missing");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the version", failure);
        }
    }
}
