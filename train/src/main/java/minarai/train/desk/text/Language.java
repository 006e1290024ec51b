package minarai.train.desk.text;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// The language of a text, as far as its script and its most frequent words tell.
public enum Language {

    ENGLISH("the of and to in is was that it for are with as this you be have from his her not they she he i my"),
    GERMAN("der die das und ist nicht ein eine zu mit den von sie auf für dem sich auch es im wird sind wie"),
    FRENCH("le la les et des est une un du dans que pour pas qui sur avec ce au il elle sont vous nous"),
    SPANISH("el la los las y de que en un una es por con para del se no su como más está son"),
    ITALIAN("il lo la gli e di che un una è per con del della non si sono come più nel alla"),
    PORTUGUESE("o os as e de que em um uma é por com para não do da no na se mais são"),
    DUTCH("de het een en van is dat niet op te met voor zijn aan er in ik je wordt ook"),
    JAPANESE(""), CHINESE(""), KOREAN(""), RUSSIAN(""), ARABIC(""), THAI(""), GREEK(""), HEBREW(""), HINDI(""),
    UNKNOWN("");

    private static final int READ = 2000;
    private static final int WORDS_READ = 120;
    private static final int FEWEST_WORDS = 5;
    private static final int FEWEST_HAN = 12;
    private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}\\p{M}]+");
    private static final Map<String, List<Language>> FREQUENT = frequent();

    private final String words;

    Language(String words) {
        this.words = words;
    }

    private static Map<String, List<Language>> frequent() {
        var languages = new HashMap<String, List<Language>>();
        for (Language language : values()) {
            for (String word : language.words.split(" ")) {
                languages.merge(word, List.of(language), (a, b) -> {
                    var both = new ArrayList<>(a);
                    both.addAll(b);
                    return List.copyOf(both);
                });
            }
        }
        languages.remove("");
        return Map.copyOf(languages);
    }

    /// The language of a text, told from its first 2,000 characters.
    public static Language of(String text) {
        String read = text.length() > READ ? text.substring(0, READ) : text;
        var letters = new EnumMap<UnicodeScript, Integer>(UnicodeScript.class);
        int all = 0;
        for (int i = 0; i < read.length(); i++) {
            char c = read.charAt(i);
            if (c < 0x80 ? c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' : Character.isLetter(c)) {
                letters.merge(c < 0x80 ? UnicodeScript.LATIN : UnicodeScript.of(c), 1, Integer::sum);
                all++;
            }
        }
        if (all == 0) {
            return UNKNOWN;
        }
        int kana = letters.getOrDefault(UnicodeScript.HIRAGANA, 0) + letters.getOrDefault(UnicodeScript.KATAKANA, 0);
        int han = letters.getOrDefault(UnicodeScript.HAN, 0);
        if (kana > 0 && 5 * (kana + han) >= all) {
            return JAPANESE;
        }
        if (2 * han >= all) {
            return kana == 0 && han >= FEWEST_HAN ? CHINESE : UNKNOWN;
        }
        UnicodeScript most = letters.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
        return most == UnicodeScript.LATIN ? latin(read) : ofScript(most);
    }

    private static Language ofScript(UnicodeScript script) {
        return switch (script) {
            case HANGUL -> KOREAN;
            case CYRILLIC -> RUSSIAN;
            case ARABIC -> ARABIC;
            case THAI -> THAI;
            case GREEK -> GREEK;
            case HEBREW -> HEBREW;
            case DEVANAGARI -> HINDI;
            default -> UNKNOWN;
        };
    }

    private static Language latin(String text) {
        var counts = new EnumMap<Language, Integer>(Language.class);
        var different = new EnumMap<Language, Set<String>>(Language.class);
        String[] words = NO_LETTERS.split(text.toLowerCase(Locale.ROOT), WORDS_READ + 1);
        int read = Math.min(words.length, WORDS_READ);
        for (int i = 0; i < read; i++) {
            String word = words[i];
            FREQUENT.getOrDefault(word, List.of()).forEach(language -> {
                counts.merge(language, 1, Integer::sum);
                different.computeIfAbsent(language, absent -> new HashSet<>()).add(word);
            });
        }
        var best = counts.entrySet().stream().max(Map.Entry.comparingByValue());
        if (read < FEWEST_WORDS || best.isEmpty()) {
            return UNKNOWN;
        }
        Language language = best.get().getKey();
        boolean isClear = language == ENGLISH ? best.get().getValue() >= 2 && 10 * best.get().getValue() >= read
                : different.get(language).size() >= 4 && 5 * best.get().getValue() >= read;
        return isClear ? language : UNKNOWN;
    }

    /// Whether the script leaves the language open but is the Latin one, with enough words to be a sentence.
    public static boolean isLatinSentence(String text) {
        long words = NO_LETTERS.splitAsStream(text.length() > READ ? text.substring(0, READ) : text)
                .filter(word -> word.length() > 1 && UnicodeScript.of(word.charAt(0)) == UnicodeScript.LATIN).count();
        return words >= FEWEST_WORDS && text.codePoints().limit(READ).noneMatch(c ->
                UnicodeScript.of(c) == UnicodeScript.HIRAGANA || UnicodeScript.of(c) == UnicodeScript.KATAKANA);
    }

    /// As people write it: `English`.
    public String title() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
}
