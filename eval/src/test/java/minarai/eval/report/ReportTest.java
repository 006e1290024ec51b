package minarai.eval.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class ReportTest {

    /// What a hostile model may say: markup, attributes, direction marks, controls, lone surrogates, noncharacters.
    private static final String HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y>&lt;\u202Eevil\u2066\u0000"
            + "\u001b[31m\ud800 \uFFFE\u200b]]></style><!-- \u2028 http://example.invalid/x";

    @TempDir
    Path folder;

    @Test
    void thePageIsWellFormed() {
        var document = parsed(SampleReport.report().html());
        assertEquals("html", document.getDocumentElement().getTagName());
        assertEquals(1, document.getElementsByTagName("h1").getLength());
        assertEquals(8, document.getElementsByTagName("h2").getLength());
    }

    @Test
    void hostileTextStaysText() {
        String html = hostile().html();
        var document = parsed(html);
        assertEquals(0, document.getElementsByTagName("script").getLength());
        assertEquals(0, document.getElementsByTagName("img").getLength());
        assertEquals(1, document.getElementsByTagName("style").getLength());
        assertFalse(html.contains("<script"));
        assertTrue(html.codePoints().noneMatch(c -> c == 0x202e || c == 0x2066 || c < ' ' && c != '\n'));
        assertTrue(html.contains("<span class=\"code\">U+202E</span>"));
        assertTrue(html.contains("<span class=\"code\">U+D800</span>"));
        assertEquals(html, new String(html.getBytes(StandardCharsets.UTF_8),
                StandardCharsets.UTF_8));
    }

    @Test
    void everyWrongAnswerIsOnThePage() {
        var wrong = IntStream.range(0, 500).mapToObj(i -> new WrongAnswer("group " + i % 3, "question " + i + "?",
                "expected " + i, i == 7 ? "x".repeat(100_000) : "got " + i, "cluster " + i / 5)).toList();
        String html = new Report("t", "v", List.of(), List.of(), List.of(), List.of(), wrong, List.of(), List.of(),
                List.of()).html();
        String text = parsed(html).getDocumentElement().getTextContent();
        for (var one : wrong) {
            assertTrue(Stream.of(one.question(), one.expected(), one.got(), one.cluster()).allMatch(text::contains),
                    one.question());
        }
    }

    @Test
    void nothingIsLoadedFromOutside() {
        for (var report : List.of(SampleReport.report(), hostile())) {
            var all = parsed(report.html()).getElementsByTagName("*");
            for (int index = 0; index < all.getLength(); index++) {
                var element = (Element) all.item(index);
                assertTrue(Stream.of("src", "href", "srcset", "data", "action", "style", "onload")
                        .noneMatch(element::hasAttribute), element.getTagName());
                assertFalse(List.of("script", "link", "iframe", "object", "base").contains(element.getTagName()));
            }
            String style = parsed(report.html()).getElementsByTagName("style").item(0).getTextContent();
            assertFalse(style.contains("url(") || style.contains("@import"));
        }
        assertFalse(SampleReport.report().html().contains("http:") || SampleReport.report().html().contains("https:"));
    }

    @Test
    void theSameReportIsTheSameBytesInEveryLocale() {
        String expected = SampleReport.report().html();
        var usual = Locale.getDefault();
        try {
            for (String locale : List.of("de-DE", "ar-EG", "tr-TR")) {
                Locale.setDefault(Locale.forLanguageTag(locale));
                assertEquals(expected, SampleReport.report().html(), locale);
            }
        } finally {
            Locale.setDefault(usual);
        }
    }

    @Test
    void everyPictureHasATitleAndEveryTableHeaders() {
        var document = parsed(SampleReport.report().html());
        var pictures = document.getElementsByTagName("svg");
        for (int index = 0; index < pictures.getLength(); index++) {
            var picture = (Element) pictures.item(index);
            assertTrue(picture.getAttribute("aria-hidden").equals("true")
                    || picture.getElementsByTagName("title").getLength() == 1);
        }
        var tables = document.getElementsByTagName("table");
        for (int index = 0; index < tables.getLength(); index++) {
            var table = (Element) tables.item(index);
            assertTrue(table.getElementsByTagName("th").getLength() > 0);
            assertEquals(1, table.getElementsByTagName("caption").getLength());
        }
        assertTrue(document.getElementsByTagName("path").getLength() >= 5);
    }

    @Test
    void emptyAndDegenerateInputsStillMakeAPage() {
        parsed(new Report("", "", List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                List.of()).html());
        var charts = List.of(List.<Double>of(), List.of(Double.NaN), List.of(3.0), List.of(2.0, 2.0, 2.0),
                List.of(1e-300, 1e300), List.of(1.0, Double.POSITIVE_INFINITY, 2.0), List.of(-5.0, -1.0)).stream()
                .map(values -> new Chart("c", "u", "step", false, List.of(Curve.perStep("x", values)))).toList();
        String html = new Report("t", "v", List.of(), List.of(), List.of(), List.of(), List.of(), charts, List.of(),
                List.of()).html();
        parsed(html);
        assertFalse(html.contains("NaN") || html.contains("Infinity"), html);
    }

    @Test
    void thinningKeepsTheSpike() {
        var values = IntStream.range(0, 100_000).mapToObj(i -> i == 54_321 ? 9.0 : 1.0).toList();
        var thinned = Curve.perStep("loss", values).thinned();
        assertTrue(thinned.size() <= 602, "points: " + thinned.size());
        assertTrue(thinned.contains(new Curve.Point(54_322, 9.0)));
        var gaps = IntStream.range(0, 100_000).mapToObj(i -> i == 54_321 ? 9.0 : i % 300 == 0 ? Double.NaN : 1.0)
                .toList();
        var thinnedGaps = Curve.perStep("loss", gaps).thinned();
        assertTrue(thinnedGaps.contains(new Curve.Point(54_322, 9.0)), "a gap beside it must not hide the spike");
        assertTrue(thinnedGaps.stream().anyMatch(point -> !point.isFinite()) && thinnedGaps.size() <= 903,
                "points: " + thinnedGaps.size());
    }

    @Test
    void ticksAreRoundNumbers() {
        assertEquals(List.of("0", "0.5", "1.0", "1.5", "2.0"), labels(Axis.covering(0, 1.9, 4)));
        assertEquals(List.of("0", "1e−4", "2e−4", "3e−4", "4e−4", "5e−4"), labels(Axis.covering(0, 5e-4, 5)));
        assertEquals(List.of("0", "5,000", "10,000"), labels(Axis.covering(0, 9_000, 2)));
    }

    @Test
    void theReportIsWrittenWhole() throws IOException {
        Path file = folder.resolve("run/report.html");
        SampleReport.report().write(file);
        assertEquals(SampleReport.report().html(), Files.readString(file));
        try (var files = Files.list(file.getParent())) {
            assertEquals(1, files.count());
        }
    }

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(axis::label).toList();
    }

    private static Report hostile() {
        var sample = SampleReport.report();
        var wrong = List.of(new WrongAnswer(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE));
        return new Report(HOSTILE, HOSTILE, List.of(new ScoreGroup(HOSTILE, HOSTILE,
                sample.groups().getFirst().scores())), List.of(new Method(HOSTILE, HOSTILE, HOSTILE)),
                sample.forgetting(), List.of(new Example(HOSTILE, HOSTILE, HOSTILE, HOSTILE)), wrong,
                List.of(new Chart(HOSTILE, HOSTILE, HOSTILE, true, List.of(
                        Curve.perStep(HOSTILE, List.of(1.0, 2.0)), Curve.perStep(HOSTILE, List.of(2.0, 1.0))))),
                List.of(new Budget(HOSTILE, HOSTILE, 1, 2)), List.of(new Fact(HOSTILE, HOSTILE)));
    }

    private static Document parsed(String html) {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(html)));
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError("not well-formed: " + e.getMessage(), e);
        }
    }
}
