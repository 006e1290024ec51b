package minarai.train.desk.scan;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;

/// What templates, other models and half-finished work leave in a text.
///
/// @param special how the model spells its special tokens; none where no model is named
record Leftovers(List<String> special) implements Rule {

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    /// A thing to look for, and what to call it.
    ///
    /// @param needs one of these is in every text that holds it; searching for them is quicker
    private record Trace(Pattern pattern, String what, boolean isOfAnswer, List<String> needs) {

        boolean isPossibleIn(String text) {
            for (String need : needs) {
                if (text.contains(need)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final List<Trace> TRACES = List.of(
            anywhere("\\{\\{[^{}\\n]{0,80}\\}\\}|\\{%[^%\\n]{0,80}%\\}", 0, "an unfilled template field", "{{", "{%"),
            anywhere("[$#]?\\{(instruction|input|output|question|answer|context|prompt|response|text|name|query)\\}", 0,
                    "an unfilled template field", "{"),
            anywhere("<\\|[A-Za-z_]{2,30}\\|>|</s>|\\[/?INST\\]|<</?SYS>>|<(start|end)_of_turn>", 0,
                    "a mark of a chat template", "<|", "</s>", "INST]", "SYS>", "_of_turn"),
            anywhere("(?m)^#{2,3} ?(Instruction|Response|Input|Output|Human|Assistant|User|指示|応答|入力|出力|回答|質問)"
                    + " ?[:：]", 0, "a heading of a chat template", "##"),
            answer("(\\A|\\n)[ \\t]{0,8}(Human|Assistant|ASSISTANT|USER|アシスタント|ユーザー) ?[:：]", 0, "the name of a speaker",
                    "Human", "Assistant", "ASSISTANT", "USER", "アシスタント", "ユーザー"),
            answer("\\bas an? (AI|artificial intelligence)( language)?( model| assistant)?,? I\\b"
                    + "|\\bas a (large )?language model\\b|\\bI('m| am) (just )?an AI (language )?(model|assistant)\\b"
                    + "|\\bas an AI language model\\b|AI言語モデルとして|AIアシスタントとして|AIなので|大規模言語モデルとして", FLAGS,
                    "another assistant's phrase", " AI", "AI言", "AIア", "AIな", " ai ", "language model", "rtificial",
                    "言語モデル"),
            anywhere("\\blorem ipsum\\b", FLAGS, "filler text", "orem", "OREM"),
            anywhere("\\b(TODO|FIXME|TBD)\\b", 0, "an open task", "TODO", "FIXME", "TBD"),
            anywhere("\\[(insert|enter|add|fill in|your|company|product|recipient)('s)? [^\\]\\n]{1,40}\\]"
                    + "|<(insert|enter|your|placeholder)[^>\\n]{0,30}>", FLAGS, "a placeholder", "[", "<"),
            anywhere("[○◯]{2,}|ここに[^\\n]{0,12}(を入力|を記入|を挿入)|【要(確認|修正|記入)】|[（(]後で(書|追記)", 0, "a placeholder",
                    "○○", "◯◯", "ここに", "【要", "後で"));

    private static Trace anywhere(String pattern, int flags, String what, String... needs) {
        return new Trace(Pattern.compile(pattern, flags), what, false, List.of(needs));
    }

    private static Trace answer(String pattern, int flags, String what, String... needs) {
        return new Trace(Pattern.compile(pattern, flags), what, true, List.of(needs));
    }

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        for (Entry entry : scanned.entries()) {
            Stream.concat(entry.prompt().stream().map(turn -> trace(turn, false)),
                    Stream.of(trace(entry.answer(), true)))
                    .flatMap(Optional::stream).findFirst()
                    .ifPresent(reason -> findings.add(Finding.of(Kind.LEFTOVER, entry, reason)));
        }
        return findings;
    }

    private Optional<String> trace(Turn turn, boolean isAnswer) {
        String text = Normalizer.normalize(turn.content(), Normalizer.Form.NFKC);
        for (Trace trace : TRACES) {
            if (!isAnswer && trace.isOfAnswer() || !trace.isPossibleIn(text)) {
                continue;
            }
            Matcher matcher = trace.pattern().matcher(text);
            if (matcher.find()) {
                return Optional.of("%s holds %s: %s".formatted(isAnswer ? "the answer" : "the question", trace.what(),
                        Private.hidden(matcher.group().strip())));
            }
        }
        return special.stream().filter(text::contains).findFirst().map(token ->
                "%s spells out the model's special token %s".formatted(isAnswer ? "the answer" : "the question",
                token));
    }
}
