package minarai.tokenizer.chat;

/// What is wrong with a conversation in a template although it can be rendered: a model trained on it would be asked
/// otherwise than it was taught, or never stop.
///
/// @param kind   of the fault
/// @param reason where and how, as a sentence
public record Misfit(Kind kind, String reason) {

    /// The faults, each of which ruins training without a sound.
    public enum Kind {
        /// The ids given when serving are not the beginning of the ids that are trained.
        PROMPT_IS_NO_PREFIX,
        /// Nothing tells the model where its answer ends.
        NO_END,
        /// The beginning-of-text token stands twice in a row.
        DOUBLE_START,
        /// Nothing of an answer is a target.
        NO_TARGET
    }
}
