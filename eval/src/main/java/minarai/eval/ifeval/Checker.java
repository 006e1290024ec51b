package minarai.eval.ifeval;

/// A rule that tells whether an answer follows an instruction.
@FunctionalInterface
interface Checker {

    /// @throws IllegalArgumentException if an argument is missing or not of the kind the rule needs
    boolean isFollowed(Arguments arguments, String answer);
}
