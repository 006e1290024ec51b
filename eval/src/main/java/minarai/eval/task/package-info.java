/// Tasks as data: a folder with a task file and items, asked of any model through four methods.
///
/// Decisions:
/// - **A task is a file, not a class.** A prompt with `{{field}}` in it, a kind, a format of items, metrics by name.
///   Its version is part of every result, and so is the hash of its items: a score is of a version.
/// - **Four methods are all a model is asked by** ([AskedModel][minarai.eval.task.AskedModel]): continue a prompt, tell
///   how likely continuations are, tell how likely a text is, and hand out the features of a text. The last is only
///   asked for where a task compares by them, and always of the base, so that base and tuned model are measured with
///   one ruler. Besides it says what results have to name, its tokenizer and whether it puts prompts into a template,
///   and how many of its positions a request takes, so that what is too long is found before anything is computed.
/// - **A question in other words is no new evidence**: items that name the one they repeat are of its cluster, and
///   whether the answers agree is a figure of its own.
/// - **Requests are handed over together**, as many as a task has, so that a model may run them side by side and
///   compute what they begin with once.
/// - **Code of a model runs only where a runner was named**: in an empty folder of its own, without the environment of
///   this process, with a time limit. That is tidiness, not a jail; the runner named has to be one.
@NullMarked
package minarai.eval.task;

import org.jspecify.annotations.NullMarked;
