package minarai.tokenizer.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class TemplateTest {
    private static final LocalDateTime CLOCK = LocalDateTime.of(2024, 7, 26, 9, 8, 7);
    private static final Limits SMALL = new Limits(200_000, 400, 100_000);

    private static Text render(String source, Map<String, Value> variables) {
        return Template.parse(source, Syntax.CHAT).render(variables, CLOCK);
    }

    private static String render(String source) {
        return render(source, Map.of()).characters();
    }

    private static TemplateException refusal(String source) {
        return assertThrows(TemplateException.class,
                () -> Template.parse(source, Syntax.CHAT).render(Map.of(), CLOCK, SMALL), source);
    }

    /// The text with what came from a user in brackets.
    private static String marked(String source) {
        return marked(source, "User 東😀 Text");
    }

    private static String marked(String source, String user) {
        Text text = render(source, Map.of("u", Text.from(1, user), "v", Text.from(2, "vv")));
        var marked = new StringBuilder();
        boolean isInside = false;
        for (int i = 0; i <= text.length(); i++) {
            boolean isUser = i < text.length() && text.isFromUser(i);
            marked.append(isUser == isInside ? "" : isUser ? "[" : "]");
            isInside = isUser;
            marked.append(i < text.length() ? text.characters().charAt(i) : "");
        }
        return marked.toString();
    }

    @Test
    void userWordsAreKnownThroughWhatTemplatesDoWithThem() {
        assertEquals("a[User 東😀 Text]b", marked("a{{ u }}b"));
        assertEquals("a[User 東😀 Text]b[vv]", marked("{{ ('a' + u + 'b' ~ v) | trim }}"));
        assertEquals("[r 東]", marked("{{ u[3:6] }}"));
        assertEquals("[txeT 😀東 resU]", marked("{{ u[::-1] }}"));
        assertEquals("[USER 東😀 TEXT]", marked("{{ u | upper }}"));
        assertEquals("[User ]<s>[ Text]", marked("{{ u | replace('東😀', '<s>') }}"));
        assertEquals("<[vv]><[vv]>", marked("{{ 'ab' | replace('a', '<' + v + '>') | replace('b', '<' + v + '>') }}"));
        assertEquals("[User]|[東😀]|[Text]", marked("{{ u.split() | join('|') }}"));
        assertEquals("{\"k\": \"[vv]\"}", marked("{{ {'k': v} | tojson }}"));
        assertEquals("['[vv]', 1]", marked("{{ [v, 1] }}"));
        assertEquals("<[vv]>", marked("{{ '<%s>' % v }}"));
        assertEquals("<[vv]>", marked("{{ '<{}>'.format(v) }}"));
        assertEquals("-[vv]-", marked("{% macro m(x) %}-{{ x }}-{% endmacro %}{{ m(v) }}"));
        assertEquals("-[vv]-", marked("{% set x %}-{{ v }}-{% endset %}{{ x }}"));
        assertEquals("[v]-[v]-", marked("{% for c in v %}{{ c }}-{% endfor %}"));
    }

    @Test
    void whatAUserNamesOrFormatsStaysTheUsers() {
        assertEquals("{\"z\": 1, \"[vv]\": 2}", marked("{{ dict(z=1, **{v: 2}) | tojson }}"));
        assertEquals("{\"[vv]\": 2, \"a\": 1}", marked("{{ dict({v: 2}, a=1) | tojson }}"));
        assertEquals("[<%]7[>]", marked("{{ u % 7 }}", "<%%%d>"));
        assertEquals("[2024<%>%]", marked("{{ strftime_now(u) }}", "%Y<%%>%"));
        assertEquals("{\n[<>]\"k\": 1\n}", marked("{{ {'k': 1} | tojson(indent=u) }}", "<>"));
        assertEquals("[a\n] [b]", marked("{{ u | indent(1) }}", "a\nb"));
    }

    @Test
    void namedArgumentsKeepTheirOrder() {
        assertEquals("{\"zeta\": 1, \"b\": 2, \"a\": 3}", render("{{ dict(zeta=1, **{'b': 2, 'a': 3}) | tojson }}"));
    }

    @Test
    void changesOfCaseThatChangeTheLengthGiveEverythingToTheUser() {
        Text text = render("{{ ('<s>' + u) | upper }}", Map.of("u", Text.from(1, "ß")));
        assertEquals("<S>SS", text.characters());
        assertTrue(text.isFromUser(0));
    }

    @Test
    void generationBlocksAreReportedThroughMacrosAndCaptures() {
        Text text = render("{% macro m() %}x{% generation %}ab{% endgeneration %}{% endmacro %}{{ m() }}-"
                + "{% set y %}{% generation %}{{ u }}c{% endgeneration %}{% endset %}{{ y }}", Map.of("u",
                        Text.from(5, "u")));
        assertEquals("xab-uc", text.characters());
        assertEquals(List.of(new Run(1, 3, 0, 1), new Run(4, 5, 5, 2), new Run(5, 6, 0, 2)), text.runs());
    }

    @Test
    void errorsNameTheirPlace() {
        TemplateException error = refusal("one\n  {{ 1 + [] }}");
        assertEquals(List.of(2, 8), List.of(error.line(), error.column()));
        assertTrue(error.getMessage().startsWith("chat template, line 2, column 8: '+' cannot combine"),
                error.getMessage());
        assertEquals("'x' is undefined", refusal("{{ x.y }}").reason());
        assertTrue(refusal("{{ raise_exception('no') }}").isRaised());
        assertEquals("there is no filter 'nonsense'", refusal("{% if false %}{{ 1 | nonsense }}{% endif %}").reason());
    }

    @Test
    void whatHasNoMeaningIsAnErrorAndNeverPrinted() {
        for (String source : List.of("{% include 'x' %}", "{% extends 'x' %}", "{% block b %}{% endblock %}",
                "{% do x %}", "{{ 'a'.nothing() }}", "{{ range }}", "{{ 'a'.upper }}", "{{ namespace() }}",
                "{{ [1] | map('string') }}", "{{ {}.items() }}", "{{ 1 is nonsense }}", "{{ [].append(1) }}",
                "{{ x.__class__.__mro__ }}", "{{ ''.__class__.__mro__ }}", "{{ [1, 2", "{% for %}", "{{ 'a\\", "{{ '",
                "{% set true = 1 %}", "{{ 99999999999999999999 }}", "{{ 9223372036854775807 + 1 }}", "{{ 1 // 0 }}")) {
            refusal(source);
        }
    }

    @Test
    void hostileTemplatesEndInAnError() {
        List<String> hostile = new ArrayList<>(List.of("{% for i in range(10**9) %}{% endfor %}",
                "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ 'a' * 10**12 }}", "{{ [0] * 10**12 }}",
                "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(60) %}"
                        + "{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[]) %}{% for i in range(5000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=()) %}{% for i in range(5000) %}{% set ns.s = (ns.s,) %}{% endfor %}"
                        + "{{ {ns.s: 1} }}",
                "{% for i in range(90000) %}{{ 'aaaaaaaaaa' }}{% endfor %}",
                "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{{ 'a' | indent(10**12) }}", "{{ 'a'.center(10**15) }}", "{{ 2 ** 9999999999 }}",
                "{{ [1] | batch(10**12, 0) | list }}", "{{ [[1]] | tojson(indent=10**12) }}",
                "{{ " + "[".repeat(100_000) + " }}", "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ " + "-".repeat(100_000) + "1 }}", "{% if 1 %}".repeat(100_000),
                "{{ 1" + "+1".repeat(100_000) + " }}",
                "{{ x" + ".x".repeat(100_000) + " }}", "{{ 1" + "_1".repeat(100_000) + " }}"));
        for (String source : hostile) {
            String shown = source.substring(0, Math.min(80, source.length()));
            Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10),
                    () -> inSmallStack(() -> refusal(source)), shown);
        }
    }

    @Test
    void lookingAtLongTextsIsWorkTooWhereverItIsDone() {
        String longTexts = "{% set t = '猫' * 1000000 %}{% set s = t + 'a' %}{% set n = '0' * 1000000 %}"
                + "{% set many = [t] * 1000 %}";
        for (String looked : List.of("t | length", "t | truncate(9000000)", "t | center(3)", "t is lower", "t | trim",
                "t.strip(s)", "t.strip('猫')", "t.startswith((s, t[:999999] + 'b') * 500)", "many | sort | first",
                "many | max", "many | unique | list | length", "t[-1]", "n | int", "n | float", "{t: 1}.get(t)",
                "{} | tojson(indent=10000000)", "strftime_now('%Y' * 1000)", "{(t,) * 1000: 1} == {(t,) * 1000: 1}")) {
            String source = longTexts + "{% for i in range(100000) %}{% set x = " + looked + " %}{% endfor %}";
            assertTooMuchWork(source, new Limits(10_000_000, 400, 1 << 24));
        }
        assertTooMuchWork(longTexts + "{% for i in range(100000) %}{% set x = t | length %}{% endfor %}",
                Limits.DEFAULT);
    }

    private static void assertTooMuchWork(String source, Limits limits) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertTrue(assertThrows(
                TemplateException.class, () -> Template.parse(source, Syntax.CHAT).render(Map.of(), CLOCK, limits))
                .reason().contains("too much work")), source);
    }

    @Test
    void strippingLongSetsOfCharactersIsLinear() {
        String source = "{% set t = '猫' * 400000 %}{{ t.strip('ab' * 200000 + t) | length }}";
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertEquals("0", render(source)));
    }

    @Test
    void keysOfOneHashAreFoundFast() {
        List<Value> pairs = new ArrayList<>();
        for (int bits = 0; bits < 1 << 16; bits++) {
            var name = new StringBuilder();
            for (int bit = 0; bit < 16; bit++) {
                name.append((bits >> bit & 1) == 0 ? "Aa" : "BB");
            }
            pairs.add(Sequence.tuple(Sequence.tuple(Text.trusted(name.toString())), Value.of(1L)));
        }
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertEquals("65536",
                render("{{ dict(pairs) | length }}", Map.of("pairs", Value.list(pairs))).characters()));
    }

    @Test
    void searchesOfHostilePatternsAreLinear() {
        String source = "{% set a = 'a' * 4000000 %}{% set b = 'a' * 2000000 + 'b' %}{{ b in a }}{{ a.find(b) }}"
                + "{{ a.rfind(b) }}{{ a.count(b) }}{{ a.replace(b, '') | length }}{{ a.split(b) | length }}";
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10),
                () -> assertEquals("False-1-1040000001", render(source)));
    }

    @Test
    void theLimitsLeaveRoomForLongConversations() {
        Value long1 = Text.from(1, "a b ".repeat(250_000));
        assertEquals(2_000_000, render("{{ u | trim + u.replace('a', 'c') }}", Map.of("u", long1)).length() + 1);
    }

    /// As a thread that a server might give: 512 KiB of stack.
    private static void inSmallStack(Runnable work) throws InterruptedException {
        var failure = new AtomicReference<Throwable>(new IllegalStateException("did not finish"));
        Thread thread = new Thread(null, () -> {
            work.run();
            failure.set(new IllegalStateException("finished"));
        }, "small stack", 512 << 10);
        thread.setUncaughtExceptionHandler((_, thrown) -> failure.set(thrown));
        thread.start();
        thread.join();
        assertEquals("finished", failure.get().getMessage(), () -> failure.get().toString());
    }

    @Test
    void pythonsNumbersAndStringsAreKept() {
        assertEquals("1e+16 1e-05 0.1 100.0 3.5 -2 1 nan", render("{{ 1e16 }} {{ 0.00001 }} {{ 0.1 }} {{ 1e2 }} "
                + "{{ 7 / 2 }} {{ 3 // -2 }} {{ -5 % 3 }} {{ 1e308 * 10 - 1e308 * 10 }}"));
        assertEquals("2 😀 😀東 ['😀', '東']", render("{% set s = '😀東' %}{{ s | length }} {{ s[0] }} {{ s[:2] }} "
                + "{{ s | list }}"));
        assertEquals("'\\\\' \"'\" '\\n\\x00'", render("{{ ['\\\\', \"'\", '\\n\\x00'] }}").replace("[", "")
                .replace("]", "").replace(",", ""));
        assertEquals("a,b a,b|c a|b", render("{{ 'a|b|c'.rsplit('|', 1)[0].split('|') | join(',') }} "
                + "{{ 'a,b|c' }} {{ 'a|b|c'.rpartition('|')[0] }}"));
    }

    @Test
    void mutatedTemplatesEndInAResultOrAnError() {
        List<String> seeds = List.of(
                "{%- for m in messages %}{%- if m['role'] == 'user' and not loop.last -%}"
                        + "{{ '<|u|>' + m.content | trim }}"
                        + "{%- elif m.role is defined %}{{ m | tojson(indent=2) }}{% else %}x{% endif %}{% endfor %}",
                "{% set ns = namespace(i=0, s='') %}{% for a, b in [(1, 'x'), (2, 'y')] if a > 0 %}"
                        + "{% set ns.i = ns.i + a %}{% set ns.s = ns.s ~ b * a %}{% endfor %}"
                        + "{{ ns.i }}{{ ns.s[::-1] | upper }}",
                "{% macro f(a, b='c', d=none) %}{{ a ~ b }}{% if caller %}{{ caller() }}{% endif %}{% endmacro %}"
                        + "{% call f('x', b=[1, {'k': 2.5}] | string) %}"
                        + "{% generation %}y{% endgeneration %}{% endcall %}",
                "{# note #}{% raw %}{{ x }}{% endraw %}{% filter upper %}a{% endfilter %}{{ range(3) | map('string') | "
                        + "select('in', ['1', '2']) | sort(reverse=true) | join(', ') }}"
                        + "{{ 'a' if 1 < 2 <= 3 else 'b' }}");
        List<String> parts = List.of("{{", "}}", "{%", "%}", "{#", "#}", "-", "|", "(", ")", "[", "]", ":", "'", "\"",
                "\\", "+", "*", "**", "%", "~", ".", "not ", " is ", " in ", "if ", "for ", "endfor", "set ", "0",
                "99999",
                "m", "loop", "range(9)", "| list", "| first", "=", "==", "<", "\n", "é", "😀", "namespace", "caller()");
        var random = new Random(20240726);
        Map<String, Value> variables = Map.of("messages", Value.list(List.of(Mapping.of(Map.of("role",
                Text.trusted("user"), "content", Text.from(1, " hi 😀 "))))), "x", Value.of(3L));
        int results = 0;
        int trials = Math.max(2000, Integer.getInteger("minarai.fuzz", 0));
        for (int i = 0; i < trials; i++) {
            var source = new StringBuilder(seeds.get(i % seeds.size()));
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(source.length());
                int end = Math.min(source.length(), at + random.nextInt(6));
                source.replace(at, end, random.nextBoolean() ? "" : parts.get(random.nextInt(parts.size())));
            }
            results += Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10),
                    () -> isRendered(source.toString(), variables), () -> "seed 20240726: " + source) ? 1 : 0;
        }
        assertTrue(results > trials / 20 && results < trials * 19 / 20, "both ends are reached: " + results);
    }

    private static boolean isRendered(String source, Map<String, Value> variables) {
        try {
            Template.parse(source, Syntax.CHAT).render(variables, CLOCK, SMALL);
            return true;
        } catch (TemplateException refused) {
            return false;
        }
    }
}
