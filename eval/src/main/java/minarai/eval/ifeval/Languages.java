package minarai.eval.ifeval;

import java.lang.Character.UnicodeScript;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// Tells the language of a text by its script, then by letters and frequent words that one language of the script has
/// and the others have not. The lists are written for this; there is no trained model.
final class Languages {

    /// The language of a script that only one language here is written in.
    private static final Map<UnicodeScript, String> OF_SCRIPT = Map.ofEntries(Map.entry(UnicodeScript.BENGALI, "bn"),
            Map.entry(UnicodeScript.GUJARATI, "gu"), Map.entry(UnicodeScript.GURMUKHI, "pa"),
            Map.entry(UnicodeScript.TAMIL, "ta"), Map.entry(UnicodeScript.TELUGU, "te"),
            Map.entry(UnicodeScript.KANNADA, "kn"), Map.entry(UnicodeScript.MALAYALAM, "ml"),
            Map.entry(UnicodeScript.THAI, "th"), Map.entry(UnicodeScript.HANGUL, "ko"),
            Map.entry(UnicodeScript.HEBREW, "he"), Map.entry(UnicodeScript.GREEK, "el"));

    /// What a language of a shared script is known by.
    ///
    /// @param letters that others of the script do not have
    /// @param words   frequent ones
    private record Profile(String letters, Set<String> words) {

        Profile(String letters, String words) {
            this(letters, Set.copyOf(List.of(words.split(" "))));
        }
    }

    private static final SequencedMap<String, Profile> DEVANAGARI = new TreeMap<>(Map.of(
            "hi", new Profile("", "है हैं का की के में और को से पर यह एक नहीं लिए था थी थे हो भी कि इस करने आप"),
            "mr", new Profile("ळ", "आहे आहेत आणि च्या चा ची हे या एक नाही मध्ये करा तुम्ही आपण साठी आम्ही होते होता"
            + " केले असे"),
            "ne", new Profile("", "छ छन् को र मा हो ले लाई यो तपाईं गर्न पनि भएको गर्नुहोस् हुन्छ छैन थियो हाम्रो"
            + " तपाईंको")));
    private static final SequencedMap<String, Profile> CYRILLIC = cyrillic();
    private static final SequencedMap<String, Profile> ARABIC = new TreeMap<>(Map.of(
            "ar", new Profile("ةىأإ", "في من على إلى أن هذا هذه التي الذي ما لا مع عن كان هو هي و كما يمكن"),
            "fa", new Profile("پچژگ", "از به که این را با است در برای آن می یک ها شما و های کند شود ما"),
            "ur", new Profile("ٹڈڑےںہھ", "ہے کے میں کی کا اور سے کو ہیں پر یہ ایک نے کہ بھی لئے تو نہیں آپ")));
    private static final SequencedMap<String, Profile> LATIN = latin();

    private Languages() {
    }

    private static SequencedMap<String, Profile> cyrillic() {
        var cyrillic = new LinkedHashMap<String, Profile>();
        cyrillic.put("sr", new Profile("ђјљњћџ", "и у је се на да за од са као не су али или који које држати бити"
                + " има"));
        cyrillic.put("ru", new Profile("ыэё", "и в не на что с это как для по из он она они мы вы от но к у за так его "
                + "быть был"));
        cyrillic.put("bg", new Profile("ъ", "и на да е за се от в че по с като не са това ще си тя те ние вие или"
                + " към"));
        cyrillic.put("uk", new Profile("іїєґ", "і в не на що з це як для по та він вона вони ми ви від але до у за так "
                + "його є"));
        return cyrillic;
    }

    private static SequencedMap<String, Profile> latin() {
        var latin = new LinkedHashMap<String, Profile>();
        latin.put("en", new Profile("", "the of and to in is that it for was on are with as be this have at from you"
                + " not "
                + "or an by i we they he she his her your our their will can my me what there which were has but if"));
        latin.put("de", new Profile("äöüß", "der die das und ist nicht ein eine zu in den von mit auf für dem des"
                + " sich es im sie auch als ich wir er an aus bei wie werden sind hat einen dass"));
        latin.put("fr", new Profile("çœêèûîôàùë", "le la les de des et est un une en que pour dans qui sur pas du au"
                + " il elle nous vous avec ce cette sont par plus je ne se aux mais"));
        latin.put("es", new Profile("ñ¿¡óíáú", "el la los las de que y en un una es por con para no se del al su como "
                + "más pero lo este esta son hoy mi nuestro muy fue está"));
        latin.put("pt", new Profile("ãõçâê", "o a os as de que e em um uma é por com para não se do da dos das no na"
                + " ao como mais mas foi são você seu sua nos pelo pela também"));
        latin.put("it", new Profile("àèìòù", "il lo la i gli le di che e in un una è per con non si del della dei al "
                + "come più ma sono questo questa nel alla da anche ho mi suo"));
        latin.put("nl", new Profile("", "de het een en van in is dat op te zijn met voor niet aan er ook als maar om"
                + " bij naar deze dit door wij hij zij ik"));
        latin.put("pl", new Profile("ąćęłńśźż", "i w na z że się nie do to jest o jak po co za od ale przez dla przy"
                + " są jego tym tak być może"));
        latin.put("vi", new Profile("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
                "và là của có cho không các một "
                + "những được với trong này để khi từ tôi bạn"));
        latin.put("fi", new Profile("", "ja on ei että se oli ovat mutta kun niin myös tai hän minä sinä me he joka"
                + " kuin voi olla ole tämä jos mitä sen kanssa"));
        latin.put("sw", new Profile("", "na ya wa kwa ni katika za la cha kuwa hii hiyo si kama au lakini pia vya huyo "
                + "watu sana yake yangu wake wangu mimi wewe hivyo ili"));
        latin.put("id", new Profile("", "dan yang di untuk dengan ini itu dari pada tidak adalah ke dalam akan atau"
                + " juga saya anda kami mereka bisa oleh"));
        latin.put("tr", new Profile("ğış", "ve bir bu için ile da de çok ne gibi daha olarak ama olan var en kadar"
                + " ben"));
        latin.put("sv", new Profile("å", "och att det som en på är av för med den till inte om ett har de jag vi kan"));
        latin.put("ro", new Profile("ășțâ", "și în de la cu un o nu pe este că din pentru mai care sunt ce se au"));
        latin.put("tl", new Profile("", "ang ng sa mga na at ay ko mo ako ka hindi para ito kung may siya po niya"));
        return latin;
    }

    /// The ISO 639-1 code; empty where there are no letters at all.
    static Optional<String> of(String text) {
        if (Text.isUpper(text)) {
            return Optional.of(ofCapitals(text));
        }
        Map<UnicodeScript, Integer> letters = new HashMap<>();
        text.codePoints().filter(Character::isLetter).forEach(c -> letters.merge(UnicodeScript.of(c), 1, Integer::sum));
        int han = letters.getOrDefault(UnicodeScript.HAN, 0);
        int kana = letters.getOrDefault(UnicodeScript.HIRAGANA, 0) + letters.getOrDefault(UnicodeScript.KATAKANA, 0);
        int japanese = kana * 10 >= han ? han + kana : kana;
        letters.remove(UnicodeScript.HIRAGANA);
        letters.remove(UnicodeScript.KATAKANA);
        letters.put(UnicodeScript.HAN, han + kana);
        var most = letters.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
        if (most.getValue() == 0) {
            return Optional.empty();
        }
        return Optional.of(switch (most.getKey()) {
            case HAN -> japanese == han + kana && kana > 0 ? "ja" : "zh";
            case DEVANAGARI -> best(DEVANAGARI, text);
            case CYRILLIC -> best(CYRILLIC, text);
            case ARABIC -> best(ARABIC, text);
            case LATIN -> best(LATIN, text);
            default -> OF_SCRIPT.getOrDefault(most.getKey(), "und");
        });
    }

    /// Of a word in capitals the identifier that published verdicts rest on sees the first letter only. It takes such
    /// text for English, unless the word A stands in it more often than English has it: then for a language whose
    /// article that is, such as Hungarian.
    private static String ofCapitals(String text) {
        List<String> words = List.of(Text.pattern("[^\\p{L}\\p{M}]+").split(text));
        long articles = words.stream().filter("A"::equals).count();
        return text.codePoints().filter(Character::isLetter).anyMatch(c -> UnicodeScript.of(c) != UnicodeScript.LATIN)
                || articles * 10 > words.size() ? "und" : "en";
    }

    /// The first of equal ones.
    private static String best(SequencedMap<String, Profile> profiles, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        String[] words = Text.pattern("[^\\p{L}\\p{M}]+").split(lower);
        String best = "";
        double most = -1;
        for (var entry : profiles.entrySet()) {
            Profile profile = entry.getValue();
            double score = 0.5 * lower.codePoints().filter(c -> profile.letters.indexOf(c) >= 0).count();
            for (String word : words) {
                score += profile.words.contains(word) ? 1 : 0;
            }
            if (score > most) {
                most = score;
                best = entry.getKey();
            }
        }
        return best;
    }
}
