package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// tiktoken's rank files: a line for each token, its bytes in base 64 and its rank, which is its id. How text is cut
/// into words, and which special tokens there are, the file does not say; a [Scheme] does.
///
/// Two neighbours merge if together they are a token, the lowest rank first; a whole word that is a token is that
/// token.
///
/// @see <a href="https://github.com/openai/tiktoken">tiktoken</a>
public final class TiktokenFile {

    private static final long MAX_BYTES = 64L << 20;

    private TiktokenFile() {
    }

    /// The published schemes. Special tokens come after the ranks.
    public enum Scheme {
        /// GPT-2's.
        R50K_BASE(new TextPattern.Scanned(WordScanner.GPT2), List.of("<|endoftext|>", "50256")),
        /// Codex's.
        P50K_BASE(new TextPattern.Scanned(WordScanner.GPT2), List.of("<|endoftext|>", "50256")),
        /// GPT-3.5's and GPT-4's.
        CL100K_BASE(new TextPattern.Scanned(WordScanner.CL100K), List.of("<|endoftext|>", "100257",
                "<|fim_prefix|>", "100258", "<|fim_middle|>", "100259", "<|fim_suffix|>", "100260",
                "<|endofprompt|>", "100276")),
        /// GPT-4o's.
        O200K_BASE(TextPattern.regex(PublishedPatterns.O200K), List.of("<|endoftext|>", "199999",
                "<|endofprompt|>", "200018")),
        /// That of Llama 3, 3.1 and 3.2.
        LLAMA3(new TextPattern.Scanned(WordScanner.THREE_DIGITS), List.of("<|begin_of_text|>", "128000",
                "<|end_of_text|>", "128001", "<|finetune_right_pad_id|>", "128004", "<|start_header_id|>", "128006",
                "<|end_header_id|>", "128007", "<|eom_id|>", "128008", "<|eot_id|>", "128009",
                "<|python_tag|>", "128010")),
        /// Qwen's.
        QWEN(new TextPattern.Scanned(WordScanner.ONE_DIGIT), List.of("<|endoftext|>", "151643", "<|im_start|>",
                "151644", "<|im_end|>", "151645"));

        private final TextPattern pattern;
        private final List<AddedToken> special;

        Scheme(TextPattern pattern, List<String> special) {
            this.pattern = pattern;
            this.special = tokens(special);
        }

        private static List<AddedToken> tokens(List<String> contentsAndIds) {
            List<AddedToken> tokens = new ArrayList<>();
            for (int i = 0; i < contentsAndIds.size(); i += 2) {
                tokens.add(AddedToken.special(Integer.parseInt(contentsAndIds.get(i + 1)), contentsAndIds.get(i)));
            }
            return List.copyOf(tokens);
        }

        /// Qwen's texts are normalized to NFC first.
        private Normalizer normalizer() {
            return this == QWEN ? new Normalizer.Unicode(Form.NFC) : new Normalizer.Sequence(List.of());
        }

        /// The scheme that a file's name names, e.g. `cl100k_base.tiktoken` or `qwen.tiktoken`.
        static Optional<Scheme> named(Path file) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            return Arrays.stream(values())
                    .filter(scheme -> name.equals(scheme.name().toLowerCase(Locale.ROOT) + ".tiktoken")).findFirst();
        }
    }

    /// Reads a file whose name is a scheme's, e.g. `cl100k_base.tiktoken`.
    ///
    /// @throws IllegalArgumentException      if it is not, or as [#read(Path, Scheme)]
    /// @throws java.io.UncheckedIOException if the file cannot be read
    public static PipelineTokenizer read(Path file) {
        return read(file, Scheme.named(file).orElseThrow(() -> new IllegalArgumentException(("%s: a rank file does not "
                + "say how text is cut into words, and the name is none of %s. Rename it to that of its scheme")
                .formatted(file, Arrays.stream(Scheme.values())
                        .map(scheme -> scheme.name().toLowerCase(Locale.ROOT) + ".tiktoken")
                        .collect(Collectors.joining(", "))))));
    }

    /// Reads a file of a scheme.
    ///
    /// @throws IllegalArgumentException      if it is no rank file, or a special token's id is another token's
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static PipelineTokenizer read(Path file, Scheme scheme) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("it is %d bytes long; at most %d are read"
                        .formatted(Files.size(file), MAX_BYTES));
            }
            return of(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1), scheme);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s: %s".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static PipelineTokenizer of(String content, Scheme scheme) {
        SequencedMap<Integer, String> ranks = ranks(content);
        var ids = new Object2IntOpenHashMap<String>(ranks.size());
        var merged = new IntArrayList();
        ranks.forEach((rank, piece) -> {
            if (ids.containsKey(piece)) {
                throw new IllegalArgumentException("the token \"%s\" is there twice".formatted(piece));
            }
            ids.put(piece, rank.intValue());
            if (piece.length() > 1) {
                merged.add(rank.intValue());
            }
        });
        var vocabulary = new Vocabulary(ids);
        for (int b = 0; b < 256; b++) {
            if (vocabulary.idOfCodePoint(ByteAlphabet.characterOf(b)) < 0) {
                throw new IllegalArgumentException("the byte %d has no rank, so not every text could be encoded"
                        .formatted(b));
            }
        }
        int[] pieces = merged.toIntArray();
        IntArrays.quickSort(pieces);
        BytePair model = BytePair.ofRanks(vocabulary, pieces, pieces,
                new BytePair.Options(Optional.empty(), "", "", false, false, true));
        Normalizer normalizer = scheme.normalizer();
        return new PipelineTokenizer(new PipelineTokenizer.Parts(new AddedTokens(scheme.special, normalizer),
                normalizer, new PreTokenizer.Sequence(List.of(
                        new PreTokenizer.Split(scheme.pattern, PreTokenizer.Behavior.ISOLATED, false),
                        new PreTokenizer.ByteLevel(false, false))),
                model, PostProcessor.NONE, new Decoder.ByteLevel()));
    }

    /// Tokens, spelled in [ByteAlphabet], by their ranks.
    private static SequencedMap<Integer, String> ranks(String content) {
        var ranks = new TreeMap<Integer, String>();
        int number = 0;
        for (String line : (Iterable<String>) content.lines()::iterator) {
            number++;
            if (line.isEmpty()) {
                continue;
            }
            int blank = line.indexOf(' ');
            String rank = line.substring(blank + 1);
            boolean isPair = blank > 0 && !rank.isEmpty() && rank.length() <= 8
                    && rank.chars().allMatch(c -> c >= '0' && c <= '9');
            if (!isPair || Integer.parseInt(rank) >= Vocabulary.MAX_SIZE) {
                throw new IllegalArgumentException(("line %d must be bytes in base 64, a blank, and a rank below %d. "
                        + "Is it a rank file?").formatted(number, Vocabulary.MAX_SIZE));
            }
            if (ranks.put(Integer.parseInt(rank), spelled(line.substring(0, blank), number)) != null) {
                throw new IllegalArgumentException("line %d has the rank %s, which came before".formatted(number,
                        rank));
            }
        }
        return ranks;
    }

    private static String spelled(String base64, int number) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("line %d does not begin with base 64: %s"
                    .formatted(number, e.getMessage()), e);
        }
        if (bytes.length == 0 || bytes.length > Vocabulary.LONGEST_PIECE) {
            throw new IllegalArgumentException("line %d has a token of %d bytes; 1 to %d are read"
                    .formatted(number, bytes.length, Vocabulary.LONGEST_PIECE));
        }
        var spelled = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            spelled.append(ByteAlphabet.characterOf(b));
        }
        return spelled.toString();
    }
}
