package minarai.tokenizer.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.jinja.Run;
import minarai.tokenizer.jinja.Text;

/// Finds the targets of training in a conversation: each answer from where its prompt ends to its end token.
final class Answers {
    private static final int SHOWN = 40;

    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final List<Message> messages;
    private final Consumer<Misfit> misfits;
    private Tokenized whole;

    /// @param misfits takes what is wrong; where it throws, nothing is rendered
    Answers(ChatTemplate template, Tokenizer tokenizer, List<Message> messages, Consumer<Misfit> misfits) {
        this.template = template;
        this.tokenizer = tokenizer;
        this.messages = messages;
        this.misfits = misfits;
        this.whole = tokenized(messages.size(), false);
    }

    /// @throws IllegalArgumentException if an answer has no place or answers nothing
    Rendering rendering() {
        template.checkNothingLost(messages, whole.text());
        boolean hasBlocks = whole.text().runs().stream().anyMatch(run -> run.generation() != 0);
        int[][] spans = new int[messages.size()][];
        for (int i = 0; i < messages.size(); i++) {
            spans[i] = messages.get(i).role().equals("assistant") ? answer(i) : new int[2];
        }
        boolean[] mask = new boolean[whole.length()];
        for (int i = 0; i < spans.length; i++) {
            boolean isTrained = false;
            for (int id = spans[i][0]; id < spans[i][1]; id++) {
                mask[id] = !hasBlocks || whole.isGenerated(id);
                isTrained |= mask[id];
            }
            if (spans[i][1] > 0 && !isTrained) {
                misfits.accept(misfit(i, Misfit.Kind.NO_TARGET, "none of it is inside a {% generation %} block, so "
                        + "nothing of it would be trained"));
            }
            if (isTrained) {
                mask[spans[i][1] - 1] = true;
            }
        }
        return template.rendering(tokenizer, whole, mask, messages.size(), misfits);
    }

    /// The ids of an answer: the first, and one past the end token.
    private int[] answer(int index) {
        if (index == 0 || messages.get(index).content().isBlank()) {
            throw refusal(index, index == 0 ? "it answers nothing: a conversation begins with the system or a user"
                    : "it is blank, so there is nothing to learn from it");
        }
        Tokenized prompt = tokenized(index, true);
        boolean isLast = index == messages.size() - 1;
        Tokenized answered = isLast ? whole : tokenized(index + 1, false);
        boolean begins = begins(index, prompt, answered, "the prompt given when serving", "the text to train on");
        int[] words = words(index, answered.text());
        int first = begins ? prompt.length() : firstOf(words, answered);
        boolean ignoresFlag = prompt.text().characters()
                .equals(template.text(messages.subList(0, index), false));
        if (ignoresFlag) {
            checkHasHeader(index, prompt, answered, words[0]);
        }
        OptionalInt end = endToken(answered, first, words[1]);
        boolean mayBePrompt = ignoresFlag && afterWords(prompt.text()).equals(afterWords(answered.text()));
        if (end.isPresent() && mayBePrompt && !staysWhenGoingOn(index, answered, end.getAsInt())) {
            end = OptionalInt.empty();
        }
        if (end.isEmpty() && isClosable(index, isLast)) {
            answered = template.tokenized(tokenizer, answered.text().upTo(words[1], template.eos()));
            boolean stillBegins = !begins || begins(index, prompt, answered, "the prompt given when serving",
                    "the text to train on");
            first = stillBegins ? first : firstOf(words, answered);
            whole = answered;
            end = OptionalInt.of(answered.length() - 1);
        }
        int length = end.orElse(lastOf(words, answered)) + 1;
        boolean isKept = answered.sharedLength(whole) >= length
                || begins(index, answered, whole, "the conversation up to this answer", "the conversation as a whole");
        return isKept ? new int[] {first, length} : within(index);
    }

    /// The ids of an answer's words in the whole conversation, with the end token after them where there is one.
    private int[] within(int index) {
        int[] words = words(index, whole.text());
        int first = firstOf(words, whole);
        return new int[] {first, endToken(whole, first, words[1]).orElse(lastOf(words, whole)) + 1};
    }

    private static int firstOf(int[] words, Tokenized text) {
        int id = 0;
        while (id < text.length() - 1 && text.ends()[id] <= words[0]) {
            id++;
        }
        return id;
    }

    private static int lastOf(int[] words, Tokenized text) {
        int id = text.length() - 1;
        while (id > 0 && text.starts()[id] >= words[1]) {
            id--;
        }
        return id;
    }

    private boolean begins(int index, Tokenized beginning, Tokenized longer, String first, String second) {
        int shared = beginning.sharedLength(longer);
        if (shared == beginning.length()) {
            return true;
        }
        int at = beginning.starts()[shared];
        misfits.accept(misfit(index, Misfit.Kind.PROMPT_IS_NO_PREFIX, first + " is not the beginning of " + second
                + ": token " + shared + ", after " + quoted(beginning.text().characters(), Math.max(0, at - SHOWN), at)
                + ", is "
                + piece(beginning, shared) + " in the one and " + piece(longer, shared)
                + " in the other. A blank or newline at the end of the "
                + "prompt belongs to the answer; a template must write earlier answers as it wrote them when they "
                + "were given"));
        return false;
    }

    private String piece(Tokenized tokenized, int id) {
        return id < tokenized.length() ? "'" + tokenizer.piece(tokenized.ids()[id]) + "'" : "the end";
    }

    private static String quoted(String text, int from, int to) {
        return "'" + text.substring(from, to).replace("\n", "\\n") + "'";
    }

    /// Where the answer's words begin and end in the text, in UTF-16 units.
    private int[] words(int index, Text text) {
        List<Run> runs = text.runs().stream().filter(run -> run.source() == index + 1).toList();
        if (runs.isEmpty()) {
            throw refusal(index, "the template leaves its words out when it comes last, so what is trained would not "
                    + "be what is served");
        }
        return new int[] {runs.getFirst().start(), runs.getLast().end()};
    }

    /// A template that ignores `add_generation_prompt` must not leave the header of the turn to the model.
    private void checkHasHeader(int index, Tokenized prompt, Tokenized answered, int words) {
        int promptEnd = Math.min(prompt.text().characters().length(), words);
        String between = answered.text().characters().substring(promptEnd, words);
        if (!between.isBlank()) {
            throw refusal(index, "the template ignores add_generation_prompt, so the model would be taught to write "
                    + quoted(between, 0, between.length()) + " itself before each answer. Write it under "
                    + "{% if add_generation_prompt %} at the end of the template");
        }
    }

    /// What the template writes after the last words of anyone.
    private static String afterWords(Text text) {
        int end = text.runs().stream().filter(run -> run.source() != 0).mapToInt(Run::end).max().orElse(0);
        return text.characters().substring(end);
    }

    /// Some templates end in a prompt for the next answer whatever they are asked for. Such a prompt is no end of the
    /// answer before it, and gives way when a user speaks next.
    private boolean staysWhenGoingOn(int index, Tokenized answered, int end) {
        var longer = new ArrayList<>(messages.subList(0, index + 1));
        longer.add(Message.user("a"));
        return template.tokenized(tokenizer, template.render(longer, false)).sharedLength(answered) > end;
    }

    /// The first special token after the words.
    private OptionalInt endToken(Tokenized answered, int from, int wordsEnd) {
        for (int id = from; id < answered.length(); id++) {
            if (answered.ends()[id] > wordsEnd && tokenizer.isSpecial(answered.ids()[id])) {
                return OptionalInt.of(id);
            }
        }
        return OptionalInt.empty();
    }

    /// Whether the end-of-text token can be put after an answer that the template leaves open.
    private boolean isClosable(int index, boolean isLast) {
        String eos = template.eos();
        if (!isLast) {
            misfits.accept(misfit(index, Misfit.Kind.NO_END, "the template puts no end token after it, and the "
                    + "conversation goes on; only a conversation's last answer can be closed with '" + eos + "'"));
            return false;
        }
        OptionalInt id = eos.isEmpty() ? OptionalInt.empty() : tokenizer.idOf(eos);
        if (id.isEmpty() || !tokenizer.isSpecial(id.getAsInt())) {
            misfits.accept(misfit(index, Misfit.Kind.NO_END, "the template puts no end token after it, and the "
                    + "end-of-text token '" + eos
                    + "' is not a special token of the tokenizer; a model trained on this would never stop"));
            return false;
        }
        return true;
    }

    private Tokenized tokenized(int count, boolean addGenerationPrompt) {
        return template.tokenized(tokenizer, template.render(messages.subList(0, count), addGenerationPrompt));
    }

    private IllegalArgumentException refusal(int index, String reason) {
        return new IllegalArgumentException(sentence(index, reason));
    }

    private Misfit misfit(int index, Misfit.Kind kind, String reason) {
        return new Misfit(kind, sentence(index, reason));
    }

    private String sentence(int index, String reason) {
        String content = messages.get(index).content();
        return "chat template: message " + (index + 1) + " of " + messages.size() + " ("
                + messages.get(index).role() + ", " + quoted(content, 0, Math.min(SHOWN, content.length())) + "): "
                + reason + ".";
    }
}
