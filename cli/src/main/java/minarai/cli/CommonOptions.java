package minarai.cli;

import picocli.CommandLine.Option;

/// Options that every command has.
final class CommonOptions {

    @Option(names = "--json", description = "print the result as one JSON object on stdout")
    boolean isJson;

    @Option(names = {"-v", "--verbose"}, description = "show the stack trace of an error")
    boolean isVerbose;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this help")
    boolean isHelp;
}
