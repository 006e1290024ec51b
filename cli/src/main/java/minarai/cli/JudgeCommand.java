package minarai.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `minarai judge`: which of two answers is better, by a model, by verdicts given elsewhere, or by people.
@Command(name = "judge", description = "Judges answers of two evaluations against each other, and metrics by people.",
        synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n",
        footer = {"", "Examples:", "  minarai judge sheet evals/base evals/first -o labels",
            "  minarai judge import labels/town.csv --key labels/town.key.csv -o labels/town.jsonl",
            "  minarai judge ask evals/base evals/first -m models/judge --labels labels/town.jsonl -o judged"})
final class JudgeCommand {

    @Mixin
    private final CommonOptions common = new CommonOptions();

    static CommandLine line(Console console) {
        return new CommandLine(new JudgeCommand())
                .addSubcommand("ask", new JudgeAsk(console))
                .addSubcommand("metrics", new JudgeMetrics(console))
                .addSubcommand("sheet", new JudgeSheet(console))
                .addSubcommand("import", new JudgeImport(console));
    }
}
