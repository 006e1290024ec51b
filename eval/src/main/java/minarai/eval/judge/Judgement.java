package minarai.eval.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.eval.ItemResult;
import minarai.eval.judge.Judge.Choice;
import minarai.eval.judge.Judge.Pair;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.LengthControlled;
import minarai.eval.statistics.McNemar;
import minarai.eval.statistics.Observation;

/// What a judge said to pairs of answers, each shown in both orders.
///
/// @param judged item by item
public record Judgement(List<Judged> judged) {

    private static final int FEW = 10;
    private static final double LEVEL = 0.05;
    private static final double LONGER = 0.6;
    private static final double CONSISTENT = 0.5;

    /// One pair.
    ///
    /// @param baseFirst  the verdict where the base's answer stood first
    /// @param tunedFirst where the tuned model's did
    public record Judged(ItemResult result, Verdict baseFirst, Verdict tunedFirst) {

        /// What both orders agree on, else a tie.
        public Verdict verdict() {
            return Verdict.agreed(baseFirst, tunedFirst);
        }

        /// 1 where the tuned model's answer is the longer one, -1 where the base's is, 0 where neither.
        private int longer() {
            return Integer.compare(result.tuned().text().length(), result.base().text().length());
        }
    }

    /// Something about a judge that a reader of its figures has to know.
    ///
    /// @param name    `position`, `length` or `order`
    /// @param meaning in a sentence
    public record Flag(String name, String meaning) {
    }

    public Judgement {
        judged = List.copyOf(judged);
    }

    /// Asks a judge about every item in both orders.
    public static Judgement of(Judge judge, List<ItemResult> results) {
        List<Pair> pairs = new ArrayList<>();
        for (ItemResult result : results) {
            String question = result.item().prompt();
            pairs.add(new Pair(question, result.base().text(), result.tuned().text()));
            pairs.add(new Pair(question, result.tuned().text(), result.base().text()));
        }
        List<Choice> choices = judge.choose(pairs);
        List<Judged> judged = new ArrayList<>();
        for (int item = 0; item < results.size(); item++) {
            judged.add(new Judged(results.get(item), verdict(choices.get(2 * item), Verdict.BASE, Verdict.TUNED),
                    verdict(choices.get(2 * item + 1), Verdict.TUNED, Verdict.BASE)));
        }
        return new Judgement(judged);
    }

    private static Verdict verdict(Choice choice, Verdict first, Verdict second) {
        return switch (choice) {
            case FIRST -> first;
            case SECOND -> second;
            case TIE -> Verdict.TIE;
        };
    }

    /// The share the tuned model won, a tie counting half, with an interval that resamples clusters.
    ///
    /// @throws IllegalArgumentException if nothing was judged
    public Estimate winRate(Bootstrap bootstrap) {
        return bootstrap.score(judged.stream().map(one -> new Observation(one.result.item().cluster(),
                one.verdict().score())).toList());
    }

    /// The exact test of wins against losses; ties say nothing.
    public McNemar test() {
        return new McNemar((int) count(Verdict.TUNED), (int) count(Verdict.BASE));
    }

    public long count(Verdict verdict) {
        return judged.stream().filter(one -> one.verdict() == verdict).count();
    }

    /// The share of pairs on which the order of the answers changed nothing.
    public double orderConsistency() {
        return judged.stream().mapToInt(one -> one.baseFirst == one.tunedFirst ? 1 : 0).average().orElse(1);
    }

    /// Over both orders, the share of preferences for the answer that stood first.
    public double firstPreferred() {
        int first = 0;
        int preferences = 0;
        for (Judged one : judged) {
            first += (one.baseFirst == Verdict.BASE ? 1 : 0) + (one.tunedFirst == Verdict.TUNED ? 1 : 0);
            preferences += (one.baseFirst == Verdict.TIE ? 0 : 1) + (one.tunedFirst == Verdict.TIE ? 0 : 1);
        }
        return preferences == 0 ? 0.5 : (double) first / preferences;
    }

    /// The win rate at equal lengths.
    ///
    /// @throws IllegalArgumentException if fewer than ten pairs were judged
    public LengthControlled lengthControlled() {
        return LengthControlled.of(judged.stream().map(one -> new LengthControlled.Judged(one.verdict().score(),
                one.result.tuned().text().length(), one.result.base().text().length())).toList());
    }

    private Optional<Flag> ofLength() {
        int longer = (int) judged.stream().filter(one -> one.longer() * one.verdict().preference() > 0).count();
        int shorter = (int) judged.stream().filter(one -> one.longer() * one.verdict().preference() < 0).count();
        boolean isFlagged = longer + shorter >= FEW && new McNemar(longer, shorter).p() <= LEVEL
                && (double) longer / (longer + shorter) >= LONGER;
        return isFlagged ? Optional.of(new Flag("length", "it prefers the longer answer: on " + longer + " of "
                + (longer + shorter) + " pairs it decided; read the win rate at equal lengths")) : Optional.empty();
    }

    private static Optional<Flag> beyondPeople(List<Judged> labelled, Map<String, Verdict> people) {
        int more = 0;
        int less = 0;
        for (Judged one : labelled) {
            Verdict said = people.getOrDefault(one.result.item().id(), Verdict.TIE);
            int beyond = one.longer() * (one.verdict().preference() - said.preference());
            more += beyond > 0 ? 1 : 0;
            less += beyond < 0 ? 1 : 0;
        }
        return more > less && new McNemar(more, less).p() <= LEVEL ? Optional.of(new Flag("length",
                "it prefers the longer answer more than people do: on " + more + " of " + labelled.size()
                + " pairs of unequal answers that they labelled, and less on " + less)) : Optional.empty();
    }

    /// What makes the judge's figures doubtful, where nobody says which of the answers are the better ones.
    public List<Flag> flags() {
        return flags(Map.of());
    }

    /// What makes the judge's figures doubtful; none where it shows no preference for a place or for length. Longer
    /// answers may be the better ones: where people judged ten items of unequal answers at least, it is no preference
    /// for length unless the judge is for the longer answer more often than they are.
    ///
    /// @param people what they said, by the item's id
    public List<Flag> flags(Map<String, Verdict> people) {
        List<Flag> flags = new ArrayList<>();
        int first = 0;
        int second = 0;
        for (Judged one : judged) {
            first += one.baseFirst == Verdict.BASE && one.tunedFirst == Verdict.TUNED ? 1 : 0;
            second += one.baseFirst == Verdict.TUNED && one.tunedFirst == Verdict.BASE ? 1 : 0;
        }
        if (new McNemar(first, second).p() <= LEVEL) {
            flags.add(new Flag("position", "it prefers the " + (first > second ? "first" : "second") + " answer: on "
                    + Math.max(first, second) + " of " + judged.size() + " pairs whichever answer stands there wins"));
        }
        List<Judged> labelled = judged.stream().filter(one -> people.containsKey(one.result.item().id())
                && one.longer() != 0).toList();
        (labelled.size() >= FEW ? beyondPeople(labelled, people) : ofLength()).ifPresent(flags::add);
        if (orderConsistency() < CONSISTENT) {
            flags.add(new Flag("order", "it contradicts itself on " + Math.round(100 * (1 - orderConsistency()))
                    + " % of the pairs when the answers change places"));
        }
        return flags;
    }
}
