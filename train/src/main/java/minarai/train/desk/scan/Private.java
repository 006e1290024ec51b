package minarai.train.desk.scan;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;

/// Passwords, keys and personal data, in English and Japanese forms, of any width.
record Private() implements Rule {

    /// A form of private data.
    ///
    /// @param needs   one of these is in every text that holds it, or `0` for nine digits close together
    /// @param confirm whether a match is one indeed
    private record Form(Kind kind, String what, List<String> needs, Pattern pattern, Predicate<String> confirm) {

        boolean isPossibleIn(String text, boolean hasNumber) {
            return needs == DIGITS ? hasNumber : needs.stream().anyMatch(text::contains);
        }

        /// What of a match is private: its group `value`, or all of it.
        String value(MatchResult match) {
            return pattern.namedGroups().containsKey(VALUE) ? match.group(VALUE) : match.group();
        }
    }

    private static final String VALUE = "value";

    private static final List<String> DIGITS = List.of("0");
    private static final int FEWEST_DIGITS = 9;
    private static final int SHORT = 8;
    private static final Predicate<String> ALWAYS = match -> true;
    private static final String NOT_IN_NUMBER = "(?<![\\d.,-])";
    private static final String NUMBER_ENDS = "(?![\\d-]|[.,]\\d)";

    private static final List<Form> FORMS = List.of(
            secret("a private key", List.of("PRIVATE KEY"), "-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----"),
            secret("an AWS access key", List.of("AKIA", "ASIA", "AROA", "AIDA"),
            "\\b(AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\\b"),
            secret("a GitHub token", List.of("gh", "github_pat_"),
            "\\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
            secret("a Slack token", List.of("xox"), "\\bxox[abprs]-[A-Za-z0-9-]{10,}"),
            secret("a Google API key", List.of("AIza"), "\\bAIza[0-9A-Za-z_-]{35}"),
            secret("an API key", List.of("sk-"), "\\bsk-[A-Za-z0-9_-]{20,}"),
            secret("a signed token", List.of("eyJ"), "\\beyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*"),
            secret("a password in a link", List.of("://"),
            "\\b[a-z][a-z0-9+]{1,12}://[^\\s/:@]{1,64}:[^\\s/:@]{3,64}@[\\w.-]+"),
            new Form(Kind.SECRET, "a password", List.of("assw", "ASSW", "assphrase", "pwd", "PWD", "key", "Key", "KEY",
            "oken",
                    "TOKEN", "パスワード", "暗証番号"),
                    Pattern.compile("(?i)(password|passwd|passphrase|pwd|api[_ -]?key|secret[_ -]?key"
                    + "|access[_ -]?token|パスワード|暗証番号)\\s*(is\\b "
                    + "?:?|[:=は])\\s*[「『\"'`]?(?<value>[!-~&&[^\"'`,;<>(){}]]{4,64})"), Private::isPassword),
            personal("a mail address", List.of("@"),
            "(?<![\\w.+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,5}",
                    Private::isRealAddress),
            personal("an IBAN", DIGITS, "\\b[A-Z]{2}\\d{2}( ?[A-Z0-9]{4}){2,7}( ?[A-Z0-9]{1,3})?\\b",
            CheckDigits::isIban),
            personal("a card number", DIGITS, NOT_IN_NUMBER + "[2-6]\\d{3}([ -]?\\d{4}){2}[ -]?\\d{1,7}" + NUMBER_ENDS
                    + "|" + NOT_IN_NUMBER + "3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5}" + NUMBER_ENDS, CheckDigits::isCard),
            personal("a My Number", DIGITS, NOT_IN_NUMBER + "\\d{4}[ -]?\\d{4}[ -]?\\d{4}" + NUMBER_ENDS,
            CheckDigits::isMyNumber),
            personal("a phone number", DIGITS, NOT_IN_NUMBER
            + "(0\\d{1,4}-\\d{1,4}-\\d{3,4}|\\(0\\d{1,4}\\) ?\\d{1,4}-\\d{3,4}"
                    + "|0[5789]0[ ]?\\d{4}[ ]?\\d{4})" + NUMBER_ENDS, match -> digits(match, 10, 11)),
            personal("a phone number", List.of("+"),
            "(?<![\\w+])\\+\\d{1,3}[ .-]?(\\(\\d{1,4}\\)[ .-]?)?\\d{1,4}([ .-]?\\d{2,4}){1,4}(?!\\d)",
                    match -> digits(match, 9, 15)),
            personal("a phone number", DIGITS, NOT_IN_NUMBER
            + "(1[ .-])?(\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}[-. ])[2-9]?\\d{2,3}[-.]\\d{4}"
                    + NUMBER_ENDS, match -> digits(match, 10, 11)),
            personal("a social security number", DIGITS, NOT_IN_NUMBER
            + "(?!000|666|9\\d\\d)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}"
                    + NUMBER_ENDS, ALWAYS),
            personal("a postal code with an address", List.of("〒"), "〒 ?\\d{3}-?\\d{4}", ALWAYS));

    private static final Pattern RESERVED = Pattern.compile(
            "(?i).*@(.*\\.)?(example(\\.(com|org|net|jp|co\\.jp))?|[^@]*\\.(example|test|invalid|local))$");
    private static final Pattern DASH = Pattern.compile("[‐‑‒–—−]|(?<=\\d)ー(?=\\d)");

    private static Form secret(String what, List<String> needs, String pattern) {
        return new Form(Kind.SECRET, what, needs, Pattern.compile(pattern), ALWAYS);
    }

    private static Form personal(String what, List<String> needs, String pattern, Predicate<String> confirm) {
        return new Form(Kind.PERSONAL, what, needs, Pattern.compile(pattern), confirm);
    }

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        for (Entry entry : scanned.entries()) {
            for (Kind kind : List.of(Kind.SECRET, Kind.PERSONAL)) {
                entry.turns().stream().map(Turn::content).map(text -> found(text, kind)).flatMap(Optional::stream)
                        .findFirst().ifPresent(reason -> findings.add(Finding.of(kind, entry, reason)));
            }
        }
        return findings;
    }

    private static Optional<String> found(String text, Kind kind) {
        String plain = plain(text);
        boolean hasNumber = kind == Kind.PERSONAL && hasNumber(plain);
        for (Form form : FORMS) {
            if (form.kind() == kind && form.isPossibleIn(plain, hasNumber)) {
                Matcher matcher = form.pattern().matcher(plain);
                while (matcher.find()) {
                    String match = form.value(matcher);
                    if (form.confirm().test(match)) {
                        return Optional.of("it holds %s, %s".formatted(form.what(), masked(match)));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /// A text for a report: where it holds something private it is in NFKC, and that is masked; else it is as it was.
    static String hidden(String text) {
        String hidden = plain(text);
        boolean hasNumber = hasNumber(hidden);
        for (Form form : FORMS) {
            if (form.isPossibleIn(hidden, hasNumber)) {
                hidden = form.pattern().matcher(hidden).replaceAll(match -> {
                    String value = form.value(match);
                    return Matcher.quoteReplacement(form.confirm().test(value)
                            ? match.group().replace(value, masked(value)) : match.group());
                });
            }
        }
        return hidden.equals(plain(text)) ? text : hidden;
    }

    /// In NFKC and with one kind of dash.
    private static String plain(String text) {
        boolean isPlain = text.chars().allMatch(c -> c < 0x80);
        return isPlain ? text : DASH.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC)).replaceAll("-");
    }

    /// Whether nine digits follow each other with nothing but blanks and marks of numbers between them.
    private static boolean hasNumber(String text) {
        int digits = 0;
        for (int i = 0; i < text.length() && digits < FEWEST_DIGITS; i++) {
            char c = text.charAt(i);
            boolean goesOn = c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '+';
            digits = c >= '0' && c <= '9' ? digits + 1 : goesOn ? digits : 0;
        }
        return digits >= FEWEST_DIGITS;
    }

    /// At most three characters and a quarter of all, nothing of what is shorter than eight; and how many there are.
    private static String masked(String secret) {
        int shown = secret.length() < SHORT ? 0 : Math.min(3, secret.length() / 4);
        return secret.substring(0, shown) + "… (" + secret.length() + " characters)";
    }

    /// Letters with digits or signs, or digits alone: no word of a sentence.
    private static boolean isPassword(String value) {
        boolean hasDigit = value.chars().anyMatch(c -> c >= '0' && c <= '9');
        boolean hasSign = value.substring(0, value.length() - 1).chars().anyMatch(c -> "!@#$%^&*_+=~".indexOf(c) >= 0);
        return hasDigit && value.length() >= 4 || hasSign && value.length() >= 6;
    }

    private static boolean isRealAddress(String address) {
        return !RESERVED.matcher(address).matches();
    }

    private static boolean digits(String match, int least, int most) {
        long digits = match.chars().filter(c -> c >= '0' && c <= '9').count();
        return digits >= least && digits <= most;
    }
}
