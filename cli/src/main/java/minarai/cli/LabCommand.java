package minarai.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `minarai lab`: the small world, the embedded model, and figures over several seeds.
@Command(name = "lab", description = "The small world and the embedded model.", synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {"", "Example:", "  minarai lab pretrain -o runs/machi"})
final class LabCommand {

    @Mixin
    private final CommonOptions common = new CommonOptions();

    static CommandLine line(Console console) {
        return new CommandLine(new LabCommand())
                .addSubcommand("world", new LabWorld(console))
                .addSubcommand("pretrain", new LabPretrain(console))
                .addSubcommand("seeds", new LabSeeds(console))
                .addSubcommand("shape", new LabShape(console));
    }
}
