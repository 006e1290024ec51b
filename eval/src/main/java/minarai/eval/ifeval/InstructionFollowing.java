package minarai.eval.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// Which of the instructions of a prompt an answer follows.
///
/// @param followed for each instruction, in the order of the prompt
public record InstructionFollowing(List<Boolean> followed) {

    /// An instruction of a prompt.
    ///
    /// @param id        e.g. `keywords:existence`; `en:` or `ja:` before it says the language, English where none is
    ///                  said
    /// @param arguments the object of its arguments, empty where it has none
    public record Instruction(String id, JsonNode arguments) {
    }

    /// How an answer is read.
    public enum Reading {
        /// As it is.
        STRICT,
        /// As it is or without its first line, its last line or both, and each of these without asterisks: an
        /// instruction counts as followed if one of the eight does.
        LOOSE
    }

    public InstructionFollowing {
        followed = List.copyOf(followed);
    }

    /// An empty answer follows nothing.
    ///
    /// @throws IllegalArgumentException if an instruction is unknown or lacks an argument
    public static InstructionFollowing of(List<Instruction> instructions, String answer, Reading reading) {
        List<String> variants = switch (reading) {
            case STRICT -> List.of(answer);
            case LOOSE -> variants(answer);
        };
        return new InstructionFollowing(instructions.stream().map(instruction -> variants.stream()
                .anyMatch(variant -> !Text.isEmpty(variant) && isFollowed(instruction, variant))).toList());
    }

    /// Whether one answer follows one instruction as it is.
    ///
    /// @throws IllegalArgumentException if the instruction is unknown or lacks an argument
    public static boolean isFollowed(Instruction instruction, String answer) {
        Checker checker = checker(instruction.id).orElseThrow(() -> new IllegalArgumentException(
                "no checker for the instruction '" + instruction.id + "'; known are "
                + new TreeSet<>(Rules.ENGLISH.keySet())
                        + " and, after ja:, " + new TreeSet<>(JapaneseRules.JAPANESE.keySet())));
        return checker.isFollowed(new Arguments(instruction.id, instruction.arguments), answer);
    }

    /// Whether all are followed.
    public boolean isComplete() {
        return followed.stream().allMatch(Boolean::booleanValue);
    }

    public static String signature(Reading reading) {
        return "ifeval|reading:" + (reading == Reading.STRICT ? "strict" : "loose-8")
                + "|sentences:rules|languages:rules|words:treebank|version:1";
    }

    private static Optional<Checker> checker(String id) {
        Map<String, Checker> checkers = id.startsWith("ja:") ? JapaneseRules.JAPANESE : Rules.ENGLISH;
        return Optional.ofNullable(checkers.get(id.replaceFirst("^(en|ja):", "")));
    }

    private static List<String> variants(String answer) {
        List<String> lines = List.of(answer.split("\n", -1));
        int last = Math.max(0, lines.size() - 1);
        List<String> cut = List.of(answer, Text.strip(String.join("\n", lines.subList(1, lines.size()))),
                Text.strip(String.join("\n", lines.subList(0, last))),
                Text.strip(String.join("\n", lines.subList(Math.min(1, last), last))));
        List<String> variants = new ArrayList<>(cut);
        cut.forEach(each -> variants.add(each.replace("*", "")));
        return variants;
    }
}
