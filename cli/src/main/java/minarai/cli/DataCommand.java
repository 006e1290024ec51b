package minarai.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `minarai data`: what happens to pairs before a run sees them.
@Command(name = "data", description = "Brings pairs into one form, checks them, splits and builds sets of them.",
        synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n",
        footer = {"", "Example:", "  minarai data check -d pairs.jsonl --report check.html"})
final class DataCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this help")
    private boolean isHelp;

    private DataCommand() {
    }

    static CommandLine line(Console console) {
        return new CommandLine(new DataCommand())
                .addSubcommand("convert", new DataConvert(console), "import")
                .addSubcommand("check", new DataCheck(console))
                .addSubcommand("split", new DataSplit(console))
                .addSubcommand("build", new DataBuild(console))
                .addSubcommand("mix", new DataMix(console))
                .addSubcommand("order", new DataOrder(console))
                .addSubcommand("feedback", new DataFeedback(console));
    }
}
