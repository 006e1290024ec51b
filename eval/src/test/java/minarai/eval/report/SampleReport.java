package minarai.eval.report;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.eval.Answer;
import minarai.eval.Comparison;
import minarai.eval.Forgetting;
import minarai.eval.Item;
import minarai.eval.ItemResult;
import minarai.eval.metric.ExactMatch;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.McNemar;
import minarai.eval.statistics.Power;

/// A report as a run would make it, with invented figures; run it with a file name to look at the page.
final class SampleReport {

    private static final Bootstrap BOOTSTRAP = Bootstrap.standard(1);
    private static final List<String> PEOPLE = List.of("Aki Tanaka", "Emi Sato", "Ren Kimura", "Yui Mori", "Ken Abe");
    private static final List<String> STREETS = List.of("Willow Lane", "Mill Street", "Harbour Row", "Cedar Hill");

    private SampleReport() {
    }

    static void main(String[] arguments) {
        report().write(Path.of(arguments[0]));
    }

    static Report report() {
        var told = comparison("Told true", 120, 4, 109);
        var groups = List.of(
                group("Facts the base read in prose, about people no pair mentions.", told, 35),
                group("Facts the base read wrongly told; right is what it was told.",
                        comparison("Told false", 60, 1, 55), 14),
                group("Facts nobody told: only chance can be right.", comparison("Never told", 60, 2, 3), 3),
                group("Told true, asked in forms no pair used.", comparison("New question forms", 60, 0, 41), 15));
        var forgetting = Forgetting.of("town prose kept aside", new Likelihood(-61_250, 21_400, 68_480),
                new Likelihood(-61_430, 21_400, 68_480), "exact_match", told.results());
        var examples = told.wins().stream().limit(4).map(win -> new Example(win.item().prompt(),
                win.item().expected().getFirst(), win.base().text(), win.tuned().text())).toList();
        var odd = List.of(new WrongAnswer("New question forms", "エミの好きな食べ物は何ですか?", "うどん", "そば\n\n", "Emi Sato"),
                new WrongAnswer("New question forms", "Name the street of Ren Kimura.", "Mill Street",
                        "\u202eteertS lliM\u202c <script>alert('x')</script>", "Ren Kimura"),
                new WrongAnswer("New question forms", "And who keeps the tortoise?", "Yui Mori",
                        "tortoise ".repeat(120) + "aaaa".repeat(60), "Yui Mori"),
                new WrongAnswer("New question forms", "Which line stops at the bakery?", "the Green Line", "",
                        "Bakery"));
        return new Report("Forty pairs on machi-2.9m",
                "After 60 steps on 40 pairs the model answers 91 % of questions about people it was never tuned on;"
                        + " before it answered 3 %. It forgot next to nothing.", groups, methods(),
                List.of(forgetting), examples, Stream.concat(WrongAnswer.of(told).stream(), odd.stream()).toList(),
                charts(), List.of(new Budget("Peak memory", "MB", 214, 197), new Budget("Time", "s", 25, 21.4)),
                provenance());
    }

    private static ScoreGroup group(String explanation, Comparison zeroShot, int fewShotRight) {
        int items = zeroShot.results().size();
        var tuned = (int) Math.round(zeroShot.tuned().value() * items);
        return ScoreGroup.of(explanation, zeroShot, comparison(zeroShot.task(), items, fewShotRight, tuned));
    }

    private static Comparison comparison(String task, int items, int before, int after) {
        var metrics = List.<Metric>of(ExactMatch.squad());
        return Comparison.of(task, "exact_match", IntStream.range(0, items).mapToObj(i -> {
            String person = PEOPLE.get(i % 5) + " " + (char) ('A' + i / 5);
            String street = STREETS.get(i * 7 % 4);
            String other = STREETS.get((i * 7 + 1) % 4);
            var item = new Item(task + i, person, "Where does " + person + " live?", List.of(street));
            boolean isRight = i * 37 % items < after;
            return new ItemResult(item,
                    Answer.scored(i * 11 % items < before ? street
                            : "Where does the tram go? Nobody told me. " + person + " was seen at", item, metrics),
                    Answer.scored(isRight ? street : other, item, metrics));
        }).toList(), BOOTSTRAP);
    }

    private static List<Chart> charts() {
        var loss = IntStream.rangeClosed(1, 60).mapToObj(i -> 3.1 * Math.exp(-i / 9.0) + 0.21
                + 0.12 * Math.sin(i * 2.4) * Math.exp(-i / 40.0)).toList();
        var validation = new Curve("validation", IntStream.rangeClosed(0, 12)
                .mapToObj(i -> new Curve.Point(i * 5, 3.15 * Math.exp(-i / 1.9) + 0.38)).toList());
        var rates = IntStream.rangeClosed(1, 60).mapToObj(i -> i <= 5 ? i * 1e-4
                : 5e-4 * (1 - 0.95 * (i - 5) / 55)).toList();
        var speed = IntStream.rangeClosed(1, 60).mapToObj(i -> 4_100 + 180 * Math.sin(i) - (i < 4 ? 1_900 / i : 0.0))
                .toList();
        var memory = IntStream.rangeClosed(1, 60).mapToObj(i -> i < 3 ? 171.0 : 197.0).toList();
        return List.of(
                new Chart("Loss", "nats per target token", "step", true, List.of(Curve.perStep("training", loss),
                        validation)),
                new Chart("Learning rate", "", "step", true, List.of(Curve.perStep("learning rate", rates))),
                new Chart("Speed", "tokens per second", "step", true, List.of(Curve.perStep("speed", speed))),
                new Chart("Memory", "MB", "step", true, List.of(Curve.perStep("memory", memory))));
    }

    private static List<Method> methods() {
        return List.of(
                new Method("Right", "An answer is right if it equals an expected one after normalisation.",
                        ExactMatch.squad().signature()),
                new Method("Intervals", "95 %, from the mean over resampled clusters; where every item is a cluster"
                        + " of its own, Wilson's.", BOOTSTRAP.signature()),
                new Method("p-values", "Two-sided, on the items on which two models differ.", McNemar.signature()),
                new Method("What this many items can show", Power.standard().statement(60), ""));
    }

    private static List<Fact> provenance() {
        return List.of(new Fact("Base", "sha256 8c1f0a7e5d2b9c4e6f3a1b8d7c5e9f0a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e"),
                new Fact("Data", "40 pairs, sha256 1b9d2f4a6c8e0b3d5f7a9c1e3b5d7f9a0c2e4b6d8f0a1c3e5b7d9f1a3c5e7b9d"),
                new Fact("Adapter", "sha256 77aa0c2e4b6d8f0a1c3e5b7d9f1a3c5e7b9d1b9d2f4a6c8e0b3d5f7a9c1e3b5d"),
                new Fact("Recipe", "method=lora rank=8 alpha=16 learning_rate=5e-4 schedule=linear steps=60"),
                new Fact("Seed", "1"), new Fact("Numerics", "version 1"),
                new Fact("Machine", "16 cores, 256-bit vectors, JDK 25"),
                new Fact("Command", "minarai tune -m machi -d pairs.jsonl -o runs/first"));
    }
}
