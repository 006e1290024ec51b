package minarai.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `minarai inspect`: what a model sees and says, and what a file holds.
@Command(name = "inspect", description = "Shows what a model sees and says, and what a file holds.",
        synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n",
        footer = {"", "Example:", "  minarai inspect mask -m models/base --messages conversation.json"})
final class InspectCommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this help")
    private boolean isHelp;

    private InspectCommand() {
    }

    static CommandLine line(Console console) {
        return new CommandLine(new InspectCommand())
                .addSubcommand("logits", new InspectLogits(console))
                .addSubcommand("tokens", new InspectTokens(console))
                .addSubcommand("mask", new InspectMask(console))
                .addSubcommand("shift", new InspectShift(console))
                .addSubcommand("template", new InspectTemplate(console))
                .addSubcommand("tensors", new InspectTensors(console));
    }
}
