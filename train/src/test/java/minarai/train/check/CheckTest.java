package minarai.train.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import minarai.tokenizer.Encoding;
import minarai.tokenizer.StreamingDecoder;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.Message;
import minarai.tokenizer.chat.Rendering;
import minarai.train.data.Dataset;
import minarai.train.data.Example;
import minarai.train.data.SharedData;
import minarai.train.data.Split;
import org.junit.jupiter.api.Test;

class CheckTest {

    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final Tokenizer LETTERS = new Letters();
    private static final String LONG = "one two three four five six seven eight nine ten eleven twelve thirteen "
            + "fourteen";

    /// A token for each character of the Basic Multilingual Plane, and two special tokens.
    private record Letters() implements Tokenizer {

        @Override
        public int vocabularySize() {
            return 65_536;
        }

        @Override
        public Encoding encode(String text, IntPredicate specialAt) {
            throw new IllegalStateException("not needed here");
        }

        @Override
        public String decode(int... ids) {
            var text = new StringBuilder();
            Arrays.stream(ids).filter(id -> !isSpecial(id)).forEach(id -> text.append((char) id));
            return text.toString();
        }

        @Override
        public StreamingDecoder streamingDecoder() {
            throw new IllegalStateException("not needed here");
        }

        @Override
        public String piece(int id) {
            return id == BOS ? "<s>" : id == EOS ? "</s>" : Character.toString(id);
        }

        @Override
        public OptionalInt idOf(String piece) {
            return OptionalInt.empty();
        }

        @Override
        public boolean isSpecial(int id) {
            return id == BOS || id == EOS;
        }
    }

    private static Example example(String id, String question, String answer) {
        return new Example(id, List.of(Message.user(question), Message.assistant(answer)), "pairs.jsonl:" + id);
    }

    /// `<s>question answer</s>`, then `tail`; the answer, the end and the tail are targets.
    private static Rendered rendered(Example example, String tail) {
        String question = example.prompt().getFirst().content();
        var ids = new ArrayList<Integer>(List.of(BOS));
        (question + " " + example.answer()).chars().forEach(ids::add);
        ids.add(EOS);
        tail.chars().forEach(ids::add);
        var mask = new boolean[ids.size()];
        Arrays.fill(mask, question.length() + 2, mask.length, true);
        return new Rendered(example, new Rendering("<s>" + question + " " + example.answer() + "</s>" + tail,
                ids.stream().mapToInt(id -> id).toArray(), mask));
    }

    private static Rendered rendered(String id, String question, String answer) {
        return rendered(example(id, question, answer), "");
    }

    private static Rendered with(Rendered rendered, int[] ids, boolean[] mask) {
        return new Rendered(rendered.example(), new Rendering(rendered.rendering().text(), ids, mask));
    }

    private static Material training(Rendered... rendered) {
        return new Material(List.of(rendered), List.of(), List.of(), LETTERS);
    }

    private static Material leak(List<Rendered> training, Example test) {
        return new Material(training, List.of(), List.of(test), LETTERS);
    }

    private static Refusals ask(Material material) {
        return Refusals.of(Check.all(OptionalInt.of(BOS), Set.of(EOS), 300), material);
    }

    private static void refuses(Material material, String name, String... parts) {
        List<Refusal> refusals = ask(material).list();
        assertEquals(List.of(name), refusals.stream().map(Refusal::override).toList(), refusals.toString());
        for (String part : parts) {
            assertTrue(refusals.getFirst().toString().contains(part), refusals.getFirst().toString());
        }
    }

    @Test
    void soundExamplesPass() {
        assertEquals(List.of(), ask(training(rendered("1", "What is 2+2?", "4"), rendered("2", "What is 2-2?",
                "0"))).list());
        assertEquals(List.of(), ask(training(rendered(example("1", "q", "a"), "\n"))).list());
    }

    @Test
    void anEmptyMaskIsRefused() {
        Rendered sound = rendered("17", "q", "a");
        int[] ids = sound.rendering().ids();
        refuses(training(with(sound, ids, new boolean[ids.length])), "empty_mask", "pairs.jsonl:17: none of the "
                + "5 tokens", "template");
    }

    @Test
    void anAnswerWithoutItsEndIsRefused() {
        Rendered sound = rendered("17", "q", "a");
        boolean[] mask = sound.rendering().mask().clone();
        mask[mask.length - 1] = false;
        refuses(training(with(sound, sound.rendering().ids(), mask)), "missing_end", "pairs.jsonl:17",
                "the last target is a and not the end token </s>", "template");
        refuses(training(rendered(example("17", "q", "a"), "x")), "missing_end", "last target is x");
    }

    @Test
    void aDoubledStartIsRefusedButNotAStartOfEachTurn() {
        var sound = rendered("17", "q", "a");
        var mask = new boolean[] {false, false, false, true, true};
        refuses(training(with(sound, new int[] {BOS, BOS, 'q', 'a', EOS}, mask)), "double_start", "pairs.jsonl:17",
                "<s>", "twice", "Leave it out");
        assertEquals(List.of(), ask(training(with(sound, new int[] {BOS, 'q', BOS, 'a', EOS}, mask))).list());
        var both = new DoubleStart(OptionalInt.of(EOS), Set.of(EOS));
        assertEquals(0, both.refusals(training(with(sound, new int[] {EOS, 'q', EOS, EOS, EOS}, mask))).size());
        assertEquals(1, both.refusals(training(with(sound, new int[] {EOS, EOS, 'q', 'a', EOS}, mask))).size());
    }

    @Test
    void anAnswerThatWouldBeCutIsRefusedOrLeftOut() {
        Material material = training(rendered("17", "q", "a".repeat(300)), rendered("18", "q2", "a"));
        refuses(material, "too_long", "pairs.jsonl:17", "304 tokens are more than max_length=300",
                "4 of the 301 targets", "max_length=304");
        Verdict verdict = ask(material).allowing(Set.of("too_long"));
        assertEquals(Set.of("17"), verdict.leftOut());
        assertEquals(1, verdict.overridden().size());
    }

    @Test
    void aSpelledSpecialTokenThatBecomesOneIsRefused() {
        Rendered plain = rendered("17", "what is </s> for", "an end");
        assertEquals(List.of(), ask(training(plain)).list());
        int[] ids = plain.rendering().ids().clone();
        ids[9] = EOS;
        refuses(training(with(plain, ids, plain.rendering().mask())), "spelled_special", "pairs.jsonl:17", "</s>",
                "Remove it");
        refuses(training(rendered("17", "q", "done</s>\n")), "spelled_special", "pairs.jsonl:17",
                "answer ends with </s>", "adds the end token itself");
    }

    @Test
    void twoAnswersToOneInstructionAreRefused() {
        refuses(training(rendered("3", "Capital of France?", "Paris"), rendered("17", "capital of  France", "Lyon")),
                "contradiction", "pairs.jsonl:17", "that of pairs.jsonl:3", "Keep the better");
        assertEquals(List.of(), ask(training(rendered("3", "Capital of France?", "Paris"), rendered("17",
                "capital of France", "Paris."))).list());
    }

    @Test
    void heldOutExamplesInTheTrainingDataAreRefused() {
        List<Rendered> training = List.of(rendered("3", LONG, "yes"), rendered("4", "Capital of France?", "Paris"));
        refuses(leak(training, example("17", "capital of france", "Lyon")), "leak", "pairs.jsonl:17",
                "same question as", "pairs.jsonl:4", "Remove");
        refuses(leak(training, example("17", "Zero, " + LONG.replace(" ", ", "), "no")), "leak",
                "2 of 3 runs of 13 words", "pairs.jsonl:3");
        refuses(leak(List.of(rendered("3", "q", LONG)), example("17", "r", LONG + " fifteen")), "leak",
                "answer shares");
        assertEquals(List.of(), ask(leak(training, example("17", "Capital of Spain?", "Paris"))).list());
        assertEquals(List.of(), ask(leak(training, example("17", LONG.substring(4) + " and then something else "
                + "entirely", "no"))).list());
        refuses(leak(List.of(rendered("3", "次の文を英語に訳してください。東京は日本の首都です。", "a")),
                example("17", "次の文を英語に訳してください：東京は日本の首都です!", "b")), "leak", "runs of 13 words");
    }

    @Test
    void boilerplateOfMoreThanTenExamplesIsNoLeak() {
        var training = new ArrayList<Rendered>();
        for (int i = 0; i < 10; i++) {
            training.add(rendered("" + i, LONG + " item " + i, "yes"));
        }
        assertEquals(1, ask(leak(training, example("17", LONG + " thing 99", "no"))).list().size());
        training.add(rendered("10", LONG + " item 10", "yes"));
        assertEquals(0, ask(leak(training, example("17", LONG + " thing 99", "no"))).list().size());
    }

    @Test
    void allRefusalsAreToldAtOnceUnlessAllowedByName() {
        Material material = training(rendered("3", "q", "a</s>"), rendered("17", "q", "b" + "c".repeat(300)));
        var refused = assertThrows(RefusedException.class, () -> ask(material).allowing(Set.of("too_long")));
        assertEquals(2, refused.refusals().size());
        assertTrue(refused.getMessage().contains("2 reasons") && refused.getMessage().contains("pairs.jsonl:3")
                && refused.getMessage().endsWith("allow=contradiction,spelled_special"), refused.getMessage());
        assertEquals(3, ask(material).allowing(Set.of("too_long", "contradiction",
                "spelled_special")).overridden().size());
        var unknown = assertThrows(IllegalArgumentException.class, () -> ask(material).allowing(Set.of("to_long")));
        assertTrue(unknown.getMessage().contains("did you mean too_long?"), unknown.getMessage());
    }

    @Test
    void aSplitOfGsm8kHasNearDuplicatesThatAreFound() {
        var data = Dataset.read(SharedData.file("instruct/gsm8k/train.jsonl"));
        Split split = Split.of(data.examples(), 0.1, 1);
        assertEquals(801, split.validation().size());
        var training = split.training().stream().map(example -> rendered(example, "")).toList();
        List<Refusal> leaks = new Leak().refusals(new Material(training, List.of(), split.validation(), LETTERS));
        assertEquals(List.of("5519 of 6321"), leaks.stream().map(leak -> leak.toString()
                .replaceAll("(?s).*?jsonl:(\\d+):.*jsonl:(\\d+)\\..*", "$1 of $2")).toList());
    }
}
