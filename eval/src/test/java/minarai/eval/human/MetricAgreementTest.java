package minarai.eval.human;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import minarai.eval.Goldens;
import minarai.eval.human.MetricAgreement.Row;
import minarai.eval.metric.Metric;
import minarai.eval.metric.Rouge;
import minarai.eval.statistics.ClusteredCorrelation;
import minarai.eval.statistics.ClusteredCorrelation.Pair;
import minarai.eval.statistics.SplitMix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Golden values were computed with SciPy, from scores that a program of its own gave.
class MetricAgreementTest {

    /// Metric, what was rated, answers; Spearman and Kendall over all, the same within clusters and the number of
    /// these, the same of the means of systems.
    private static final String SUMMARIES = """
            rouge1 coherence 800 0.237672 0.168583 0.171297 0.128908 50 0.523529 0.366667
            rouge1 consistency 800 0.180484 0.141283 0.172515 0.140281 48 0.483778 0.372935
            rouge1 fluency 800 0.075451 0.057746 0.114631 0.092176 50 0.600442 0.426782
            rouge1 relevance 800 0.354184 0.257441 0.271036 0.200961 50 0.707874 0.577411
            rouge2 coherence 800 0.184313 0.130250 0.149984 0.113653 50 0.405882 0.283333
            rouge2 consistency 800 0.169655 0.132804 0.193352 0.157482 48 0.252213 0.186467
            rouge2 fluency 800 0.057186 0.043502 0.158200 0.125832 50 0.326711 0.209207
            rouge2 relevance 800 0.266557 0.191486 0.198569 0.149919 50 0.565122 0.393309
            rougeL coherence 800 0.221383 0.155801 0.223720 0.167547 50 0.511765 0.400000
            rougeL consistency 800 0.163531 0.127921 0.206205 0.166090 48 0.243364 0.169516
            rougeL fluency 800 0.034896 0.026449 0.125408 0.099918 50 0.462105 0.326363
            rougeL relevance 800 0.259399 0.187140 0.234174 0.172679 50 0.588668 0.443519
            answer_length coherence 800 0.070726 0.053432 -0.040085 -0.028065 50 -0.011765 0.000000
            answer_length consistency 800 0.083500 0.065579 0.080744 0.067889 48 0.548675 0.372935
            answer_length fluency 800 0.004917 0.003113 -0.042484 -0.035636 50 0.389993 0.309626
            answer_length relevance 800 0.226432 0.164293 0.102846 0.081022 50 0.211921 0.175734
            """;

    @TempDir
    Path folder;

    @Test
    void overAllSummariesTheFiguresAreThoseOfAnIndependentProgram() {
        var answers = RatedFile.read(Goldens.shared("evalsets/human-judgement/summeval_first50.jsonl"));
        List<Metric> metrics = List.of(Rouge.customary(Rouge.Kind.ONE), Rouge.customary(Rouge.Kind.TWO),
                Rouge.customary(Rouge.Kind.L));
        var agreement = MetricAgreement.of(answers, metrics);
        assertEquals(16, agreement.rows().size());
        for (String line : SUMMARIES.lines().toList()) {
            String[] golden = line.split(" ");
            Row row = row(agreement, golden[0], golden[1]);
            var within = row.within().orElseThrow();
            var systems = row.systems().orElseThrow();
            assertEquals(Integer.parseInt(golden[2]), row.answers());
            assertEquals(Integer.parseInt(golden[7]), within.clusters(), line);
            double[] found = {row.pooled().correlation().spearman(), row.pooled().correlation().kendall(),
                within.spearman(), within.kendall(), systems.spearman(), systems.kendall()};
            int[] places = {3, 4, 5, 6, 8, 9};
            for (int i = 0; i < found.length; i++) {
                assertEquals(Double.parseDouble(golden[places[i]]), found[i], 1e-6, line + " at " + places[i]);
            }
            assertTrue(row.pooled().spearman().contains(found[0]) && row.adjusted() >= row.pooled().p());
        }
        assertTrue(row(agreement, "rouge1", "relevance").adjusted() < 1e-6);
        assertTrue(row(agreement, "rougeL", "fluency").adjusted() > .05);
        assertTrue(row(agreement, "answer_length", "coherence").isReversed());
    }

    @Test
    void scoresOfAFileReachThePublishedCorrelations() throws IOException {
        var answers = RatedFile.read(Goldens.shared("evalsets/human-judgement/unieval_topical_chat_result.json"));
        var agreement = MetricAgreement.of(answers, List.of());
        JsonMapper.builder().build().readTree(Files.readString(Goldens.shared(
                "evalsets/human-judgement/unieval_topical_chat_correlations.json"))).get("expected").properties()
                .forEach(published -> {
                    var found = row(agreement, published.getKey(), published.getKey()).pooled().correlation();
                    assertEquals(published.getValue().get("pearson").asDouble(), found.pearson(), 1e-6);
                    assertEquals(published.getValue().get("spearman").asDouble(), found.spearman(), 1e-6);
                    assertEquals(published.getValue().get("kendall").asDouble(), found.kendall(), 1e-6);
                });
        assertEquals(60, agreement.rows().getFirst().pooled().clusters());
    }

    private static Row row(MetricAgreement agreement, String metric, String rated) {
        return agreement.rows().stream().filter(row -> row.metric().equals(metric) && row.rated().equals(rated))
                .findFirst().orElseThrow();
    }

    /// Easy questions get long and good answers; among the answers to one question the shorter is the better.
    @Test
    void whatHoldsOnlyBetweenQuestionsIsNamed() {
        List<RatedAnswer> answers = new ArrayList<>();
        for (int question = 0; question < 12; question++) {
            for (int answer = 0; answer < 4; answer++) {
                answers.add(new RatedAnswer(question % 2 == 0 ? "even" : "odd", "q" + question, "", "x".repeat(
                        10 * question + answer), List.of(), Map.of("good", 10.0 * question - answer), Map.of()));
            }
        }
        var agreement = MetricAgreement.of(answers, List.of());
        Row all = row(agreement, MetricAgreement.LENGTH, "good");
        assertTrue(all.pooled().correlation().spearman() > .9 && all.isReversed(), all.toString());
        assertEquals(-1, all.within().orElseThrow().kendall(), 1e-12);
        assertEquals(Optional.empty(), all.systems());
        assertEquals(List.of("", "even", "odd"), agreement.rows().stream().map(Row::task).toList());
        assertThrows(IllegalArgumentException.class, () -> MetricAgreement.of(answers,
                List.of(Rouge.customary(Rouge.Kind.L))));
    }

    @Test
    void anIntervalCountsClustersAndNotTheirItems() {
        var random = new SplitMix(3);
        List<Pair> single = IntStream.range(0, 40).mapToObj(i -> new Pair("c" + i, random.below(100, 2L * i),
                random.below(100, 2L * i + 1))).toList();
        List<Pair> thrice = single.stream().flatMap(pair -> IntStream.range(0, 3).mapToObj(i -> pair)).toList();
        var once = ClusteredCorrelation.of(single, 1);
        assertEquals(once.correlation().spearman(), ClusteredCorrelation.of(thrice, 1).correlation().spearman(), 1e-12);
        assertEquals(once.spearman().low(), ClusteredCorrelation.of(thrice, 1).spearman().low(), 1e-12);
        assertEquals(once.p(), ClusteredCorrelation.of(thrice, 1).p(), 1e-12);
        var unanimous = ClusteredCorrelation.of(single.stream()
                .map(pair -> new Pair(pair.cluster(), pair.x(), pair.x())).toList(), 1);
        assertTrue(unanimous.p() < 1e-6 && unanimous.spearman().low() < .9, unanimous.toString());
        var few = ClusteredCorrelation.of(single.stream().map(pair -> new Pair("c" + (int) pair.x() % 4, pair.x(),
                pair.y())).toList(), 1);
        assertEquals(1, few.p());
        assertEquals(-1, few.spearman().low());
    }

    /// Of draws of 60 clusters, with which x and y share half of their variance. The coefficient of the population is
    /// `6 / pi asin(rho / 2)` for normal values (Kruskal 1958). Of 300 draws at 95 % some 6 miss it by chance alone.
    @Test
    void anIntervalCoversTheTruth() {
        double rho = .5;
        double truth = 6 / Math.PI * Math.asin(rho / 2);
        int covered = 0;
        int draws = 300;
        for (int draw = 0; draw < draws; draw++) {
            var random = new Random(draw);
            List<Pair> pairs = new ArrayList<>();
            for (int cluster = 0; cluster < 60; cluster++) {
                double sharedX = random.nextGaussian();
                double sharedY = rho * sharedX + Math.sqrt(1 - rho * rho) * random.nextGaussian();
                for (int item = 0; item < 3; item++) {
                    double ownX = random.nextGaussian();
                    double ownY = rho * ownX + Math.sqrt(1 - rho * rho) * random.nextGaussian();
                    pairs.add(new Pair("c" + cluster, sharedX + ownX, sharedY + ownY));
                }
            }
            covered += ClusteredCorrelation.of(pairs, draw).spearman().contains(truth) ? 1 : 0;
        }
        assertTrue(covered >= .91 * draws, covered + " of " + draws);
    }

    @Test
    void rowsAreReadInEveryShape() throws IOException {
        Path table = Files.writeString(folder.resolve("a.csv"), "answer,reference,human_tone,human_facts,metric_bert,"
                + "cluster\n\"yes, sir\",yes,1,2.5,.3,q1\nno,,4,5,.9,q2\n");
        var rows = RatedFile.read(table);
        assertEquals(new RatedAnswer("", "q1", "", "yes, sir", List.of("yes"), Map.of("tone", 1.0, "facts", 2.5),
                Map.of("bert", .3)), rows.getFirst());
        assertEquals(List.of(), rows.getLast().references());
        Path lines = Files.writeString(folder.resolve("a.jsonl"), "{\"answer\":\"a\",\"references\":[\"b\",\"c\"],"
                + "\"scores\":{\"good\":3},\"task\":\"t\",\"system\":\"s\",\"question\":\"q\"}\n\n");
        assertEquals(List.of(new RatedAnswer("t", "q", "s", "a", List.of("b", "c"), Map.of("good", 3.0), Map.of())),
                RatedFile.read(lines));
        for (String bad : List.of("", "{\"answer\":\"a\"}", "{\"answer\":\"a\",\"scores\":{\"good\":\"3\"}}", "[1]",
                "{", "{\"answer\":\"a\",\"scores\":{\"good\":1e999}}", "answer,human\nx\n", "answer,human\nx,NaN\n",
                "answer,human\nx,high\n", "answer,rating\nx,1\n", "answer,human\n",
                "{\"answer\":\"a\",\"references\":[1],\"scores\":{\"good\":1}}")) {
            Path file = Files.writeString(folder.resolve("bad"), bad);
            String message = assertThrows(IllegalArgumentException.class, () -> RatedFile.read(file), bad).getMessage();
            assertTrue(message.contains("bad"), message);
        }
    }
}
