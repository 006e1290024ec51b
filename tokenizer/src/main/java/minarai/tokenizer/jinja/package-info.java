/// Jinja as chat templates use it: a small interpreter of our own, because training and serving must agree on every
/// character, and because it has to know which characters a user wrote.
///
/// [Template][minarai.tokenizer.jinja.Template] is source → tokens ([Lexer][minarai.tokenizer.jinja.Lexer]) → a
/// sealed tree ([Parser][minarai.tokenizer.jinja.Parser]) → [Text][minarai.tokenizer.jinja.Text]
/// ([Interpreter][minarai.tokenizer.jinja.Interpreter]).
///
/// Decisions:
/// - The language is that of Jinja2 3.1 inside the immutable sandbox in which `transformers` renders chat templates:
///   block trimming, loop controls, `{% generation %}`, `tojson` that is plain JSON, `raise_exception`,
///   `strftime_now` on a clock that is passed in. Values behave as in Python: strings count code points, `7 // -2`
///   is -4, a list prints as Python prints it, a generator is used up by its first reader.
/// - What has no meaning here is an error at its line and column and never text: an unknown tag, filter or test when
///   the template is read; a function, a generator or a namespace that would be printed when it is rendered. Methods
///   that change their object (`append`, `pop`) are refused as the immutable sandbox does. `include`, `import`,
///   `extends` and `block` need other files and do not exist. Integers are 64 bits wide; beyond is an error.
/// - Strings carry their provenance. Each character of a [Text][minarai.tokenizer.jinja.Text] knows the source it
///   came from (0 is the template itself) and the `{% generation %}` block that wrote it. Concatenation, slicing,
///   trimming, splitting, replacing, joining, formatting and JSON keep it exactly; a change of case that changes the
///   length gives all of its result to the user. Keys keep theirs where a mapping is spread over a call. Losing track
///   errs towards "a user wrote this", since the harm is in the opposite error.
/// - A template is hostile. Its source has a greatest length and depth, and rendering counts work, depth and characters
///   against [Limits][minarai.tokenizer.jinja.Limits]. Whatever looks at characters or elements is charged for them,
///   also inside filters, tests and methods, and searches are linear; nothing hangs.
@NullMarked
package minarai.tokenizer.jinja;

import org.jspecify.annotations.NullMarked;
