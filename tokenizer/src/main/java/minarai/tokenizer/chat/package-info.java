/// Conversations to token ids and loss mask, by the template that the model was, or will be, trained with.
///
/// [ChatTemplate][minarai.tokenizer.chat.ChatTemplate] renders a conversation once and derives everything from that
/// one text, so that training and serving cannot drift apart.
///
/// Decisions:
/// - **Whose words.** The template is rendered by an interpreter that knows the provenance of every character. A
///   special token spelled out in a message, or begun by the template and finished by a message, stays plain text. A
///   role is trusted if it is a plain name (letters, digits, `_`, `-`).
/// - **Training is serving.** For each answer the ids of the prompt (the messages before it, with
///   `add_generation_prompt`) must be the beginning of the ids that are trained; otherwise the conversation is refused
///   with the place where they part, usually a blank or newline at the end of the prompt that merges with the answer.
/// - **Targets** are the ids after that prompt, up to and including the end token: the first special token after the
///   answer's words. What a template writes after it (ChatML's newline) is not a target, since nobody generates it.
///   Where the template has `{% generation %}` blocks only ids inside them are targets, within the same bounds,
///   and the end token, wherever the block stops.
/// - **The trained answer always ends in an end token.** If the template puts none after an answer, the rendering of a
///   conversation that ends there is closed: it stops where the answer's words stop, and the end-of-text token follows
///   as the last target. An unclosed answer in the middle of a conversation is refused, because there nothing could be
///   added without departing from what the model sees when it serves; so is any, if the tokenizer has no such token.
///   [ChatTemplate#findEndToken][minarai.tokenizer.chat.ChatTemplate#findEndToken] is the id at which generation stops.
/// - **What is merely wrong can be looked at.** A prompt that is no prefix, a missing end, a doubled beginning and an
///   answer without targets are a [Misfit][minarai.tokenizer.chat.Misfit]: an error by default, but a caller that takes
///   misfits gets them all with the rendering, and the targets are then the answer's words and its end token.
/// - **Nothing is lost silently.** A message whose words leave no trace in the rendering is refused, as are a blank
///   answer, a conversation that begins with an answer, a double beginning-of-text token, and a template that ignores
///   `add_generation_prompt` where the model would then be taught to write its own turn header.
/// - A token that does not exist (`""` here) is an undefined variable in the template, as in `transformers`.
@NullMarked
package minarai.tokenizer.chat;

import org.jspecify.annotations.NullMarked;
