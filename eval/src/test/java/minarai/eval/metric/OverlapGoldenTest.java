package minarai.eval.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import minarai.eval.Goldens;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Values of sacrebleu, pltrdy's rouge, and Hugging Face's `evaluate`.
class OverlapGoldenTest {

    @Test
    void everyPublishedBleuIsReached() {
        var goldens = goldens("bleu");
        for (JsonNode golden : goldens) {
            var bleu = bleu(golden.get("options"));
            var counts = golden.has("statistics") ? given(golden.get("statistics"))
                    : bleu.counts(hypotheses(golden), references(golden));
            String name = golden.get("name").asString();
            if (golden.at("/expected/counts").isArray()) {
                assertArrayEquals(longs(golden.at("/expected/counts")), counts.matches(), name);
                assertArrayEquals(longs(golden.at("/expected/totals")), counts.totals(), name);
            } else {
                assertEquals(golden.at("/expected/bleu").asDouble(), bleu.score(counts),
                        Math.max(1e-12, golden.get("tolerance").asDouble()), name);
            }
        }
        assertEquals(31, goldens.size());
    }

    @Test
    void everyPublishedChrFIsReached() {
        var goldens = goldens("chrf");
        for (JsonNode golden : goldens) {
            var options = golden.get("options");
            var metric = new CharacterF(options.get("char_order").asInt(), options.get("word_order").asInt(),
                    options.get("beta").asDouble(), options.get("eps_smoothing").asBoolean(),
                    !options.get("remove_whitespace").asBoolean());
            assertEquals(golden.at("/expected/chrf").asDouble(),
                    100 * metric.score(hypotheses(golden), references(golden)), golden.get("tolerance").asDouble(),
                    golden.get("name").asString());
        }
        assertEquals(25, goldens.size());
    }

    @Test
    void everyPublishedRougeIsReached() {
        var goldens = goldens("rouge");
        for (JsonNode golden : goldens) {
            String name = golden.get("name").asString();
            if (name.startsWith("pltrdy")) {
                for (var kind : List.of(Rouge.Kind.ONE, Rouge.Kind.TWO, Rouge.Kind.L)) {
                    comparePltrdy(golden, kind);
                }
            } else {
                var words = golden.at("/options/tokenize").asString().contains("white space") ? Words.BLANKS
                        : Words.ROUGE;
                for (var kind : Rouge.Kind.values()) {
                    var metric = new Rouge(kind, words, false, Rouge.Counting.CLIPPED);
                    double mean = IntStream.range(0, hypotheses(golden).size()).mapToDouble(item -> metric.score(
                            hypotheses(golden).get(item), references(golden).get(item))).average().orElseThrow();
                    assertEquals(golden.at("/expected/" + metric.name()).asDouble(), mean,
                            golden.get("tolerance").asDouble(), name + " " + metric.name());
                }
            }
        }
        assertEquals(8, goldens.size());
    }

    /// Its precision and recall are ours; its two formulas for F are in the file.
    private static void comparePltrdy(JsonNode golden, Rouge.Kind kind) {
        var overlap = new Rouge(kind, Words.BLANKS, false, Rouge.Counting.DISTINCT).best(
                hypotheses(golden).getFirst(), references(golden).getFirst());
        String name = switch (kind) {
            case ONE -> "rouge-1";
            case TWO -> "rouge-2";
            case L, LSUM -> "rouge-l";
        };
        JsonNode expected = golden.get("expected").get(name);
        String place = golden.get("name").asString() + " " + name;
        double p = overlap.precision();
        double r = overlap.recall();
        double b = p / (r + 1e-12);
        double f = kind == Rouge.Kind.L ? (1 + b * b) * p * r / (r + b * b * p + 1e-12) : 2 * p * r / (p + r + 1e-8);
        if (expected.isNumber()) {
            assertEquals(expected.asDouble(), f, golden.get("tolerance").asDouble(), place);
            return;
        }
        assertEquals(expected.get("p").asDouble(), p, golden.get("tolerance").asDouble(), place);
        assertEquals(expected.get("r").asDouble(), r, golden.get("tolerance").asDouble(), place);
        assertEquals(expected.get("f").asDouble(), f, golden.get("tolerance").asDouble(), place);
    }

    @Test
    void everyPublishedLabelF1IsReached() {
        var goldens = goldens("em_f1").stream().filter(g -> g.get("metric").asString().equals("label_f1")).toList();
        for (JsonNode golden : goldens) {
            var options = golden.get("options");
            var given = texts(golden.get("hypotheses"));
            var weights = options.has("sample_weight")
                    ? StreamSupport.stream(options.get("sample_weight").spliterator(), false).map(JsonNode::asDouble)
                    .toList()
                    : given.stream().map(label -> 1.0).toList();
            var f1 = LabelF1.of(given, texts(golden.get("references")), weights);
            double tolerance = golden.get("tolerance").asDouble();
            JsonNode expected = golden.at("/expected/f1");
            if (expected.isArray()) {
                for (int label = 0; label < expected.size(); label++) {
                    assertEquals(expected.get(label).asDouble(), f1.of(String.valueOf(label)), tolerance);
                }
                continue;
            }
            double score = switch (options.get("average").asString()) {
                case "macro" -> f1.macro();
                case "micro" -> f1.micro();
                case "weighted" -> f1.weighted();
                default -> f1.of(options.get("pos_label").asString());
            };
            assertEquals(expected.asDouble(), score, tolerance, golden.get("name").asString());
        }
        assertEquals(8, goldens.size());
    }

    private static Bleu bleu(JsonNode options) {
        double value = options.path("smooth_value").asDouble(0);
        var smoothing = switch (options.get("smooth_method").asString()) {
            case "exp" -> new Bleu.Smoothing.Exponential();
            case "floor" -> new Bleu.Smoothing.Floor(value);
            case "add-k" -> new Bleu.Smoothing.Add(value);
            default -> new Bleu.Smoothing.None();
        };
        var words = switch (options.path("tokenize").asString("none").toLowerCase(Locale.ROOT)) {
            case "13a" -> Words.MTEVAL;
            case "intl" -> Words.INTERNATIONAL;
            case "char" -> Words.CHARACTERS;
            default -> Words.BLANKS;
        };
        return new Bleu(words, options.path("max_ngram_order").asInt(4), smoothing,
                options.path("effective_order").asBoolean(false));
    }

    private static Bleu.Counts given(JsonNode statistics) {
        return new Bleu.Counts(longs(statistics.get("counts")), longs(statistics.get("totals")),
                statistics.get("hyp_len").asLong(), statistics.get("ref_len").asLong());
    }

    private static long[] longs(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
    }

    private static List<String> hypotheses(JsonNode golden) {
        return texts(golden.get("hypotheses"));
    }

    private static List<List<String>> references(JsonNode golden) {
        return StreamSupport.stream(golden.get("references").spliterator(), false).map(OverlapGoldenTest::texts)
                .toList();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asString).collect(Collectors.toList());
    }

    private static List<JsonNode> goldens(String name) {
        var all = JsonMapper.builder().build().readTree(Goldens.file("metrics/" + name + ".json"));
        return StreamSupport.stream(all.spliterator(), false).toList();
    }
}
