package minarai.lab.shape;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import minarai.engine.Philox;
import minarai.models.format.DataType;
import minarai.models.format.Gpt2Config;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.models.format.SafetensorsWriter.Rows;
import minarai.models.format.Shape;
import minarai.models.format.SpecialTokens;
import minarai.tokenizer.BytePairTrainer;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.TokenizerFile;
import minarai.tokenizer.Tokenizers;
import minarai.tokenizer.chat.ChatTemplate;

/// A model folder of a given shape whose weights are random: it says nothing of worth and costs what the real one
/// costs.
///
/// Matrices and biases are normal with a deviation of .02, gains are 1. A number depends on the seed, the tensor's name
/// and its place alone, so rows are made while they are written and the whole model is never in memory.
///
/// @param shape which model it is like
/// @param type  of the stored weights
/// @param seed  of the weights
public record RandomModel(PublishedShape shape, DataType type, long seed) {

    private static final float DEVIATION = 0.02f;
    private static final int TABLE = 1 << 16;
    private static final int NUMBERS_A_DRAW = 8;
    private static final String END = "<|endoftext|>";
    private static final List<String> TOKENIZER_FILES = List.of("tokenizer.json", "vocab.json", "merges.txt",
            "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja");

    /// Writes the folder.
    ///
    /// @param target    must not exist, or be an empty folder
    /// @param tokenizer a tokenizer.json, or a folder whose tokenizer and chat template are taken, and what they name
    ///                  as beginning and end of a text; where absent, one token a byte and one for the end of a text
    /// @throws IllegalArgumentException     if the tokenizer has more tokens than the model, or `target` is taken
    /// @throws java.io.UncheckedIOException if it cannot be written
    public void write(Path target, Optional<Path> tokenizer) {
        if (tokenizer.isPresent()) {
            var known = Tokenizers.of(tokenizer.get());
            requireRoom(known, tokenizer.get());
            write(target, fitting(known, tokenizer.get()), tokenizerFiles(tokenizer.get()));
            return;
        }
        inPassing(folder -> {
            var bytes = new BytePairTrainer(257, List.of(END)).train(List.of());
            TokenizerFile.write(bytes, folder.resolve("tokenizer.json"));
            Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"%s\"}\n".formatted(END));
            Files.writeString(folder.resolve("chat_template.jinja"), ChatTemplate.named("plain", "", END).source());
            write(target, with(OptionalInt.empty(), ends(bytes)), tokenizerFiles(folder));
        });
    }

    private void write(Path target, ModelConfig config, List<Path> tokenizerFiles) {
        float[] normal = table();
        List<Entry> entries = config.tensors().entrySet().stream()
                .map(tensor -> new Entry(tensor.getKey(), type, tensor.getValue(),
                        rows(tensor.getKey(), tensor.getValue(), normal))).toList();
        ModelFolder.write(target, config, type, entries, tokenizerFiles,
                Map.of("weights", "random, seed %d".formatted(seed)));
    }

    private Rows rows(String name, Shape shape, float[] normal) {
        int columns = (int) shape.columns();
        if (name.endsWith("norm.weight") || name.matches(".*\\bln_(1|2|f)\\.weight")) {
            return (row, target, offset) -> Arrays.fill(target, offset, offset + columns, 1);
        }
        var philox = new Philox(seed, purpose(name));
        int draws = Math.ceilDiv(columns, NUMBERS_A_DRAW);
        return (row, target, offset) -> {
            for (int draw = 0; draw < draws; draw++) {
                int[] words = philox.words(1, row * (long) draws + draw);
                int first = draw * NUMBERS_A_DRAW;
                for (int i = first; i < Math.min(columns, first + NUMBERS_A_DRAW); i++) {
                    int word = words[(i - first) >> 1];
                    target[offset + i] = normal[(i & 1) == 0 ? word & 0xffff : word >>> 16];
                }
            }
        };
    }

    /// Normal numbers from which the weights are drawn; to make each anew would take minutes for a large model.
    private float[] table() {
        var philox = new Philox(seed, purpose(""));
        float[] table = new float[TABLE];
        for (int i = 0; i < TABLE; i++) {
            table[i] = DEVIATION * philox.normal(0, i);
        }
        return table;
    }

    private static int purpose(String name) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    /// The configuration with the beginning and end of a text that come with the tokenizer; the shape's own where that
    /// says nothing and they are special tokens in it.
    private ModelConfig fitting(Tokenizer tokenizer, Path fileOrFolder) {
        var named = SpecialTokens.ofFolder(fileOrFolder);
        var own = shape.config();
        var start = Stream.concat(ids(tokenizer, named.bos()),
                own.bosId().stream().filter(id -> isSpecial(tokenizer, id)).boxed()).findFirst();
        var ends = ids(tokenizer, named.eos()).toList();
        if (ends.isEmpty() && own.eosIds().stream().allMatch(id -> isSpecial(tokenizer, id))) {
            ends = own.eosIds();
        }
        return with(start.map(OptionalInt::of).orElse(OptionalInt.empty()), ends.isEmpty() ? ends(tokenizer) : ends);
    }

    private static Stream<Integer> ids(Tokenizer tokenizer, Optional<String> piece) {
        return piece.stream().flatMap(text -> tokenizer.idOf(text).stream().boxed());
    }

    private static boolean isSpecial(Tokenizer tokenizer, int id) {
        return id < tokenizer.vocabularySize() && tokenizer.isSpecial(id);
    }

    private static List<Integer> ends(Tokenizer tokenizer) {
        return tokenizer.idOf(END).stream().boxed().toList();
    }

    private void requireRoom(Tokenizer tokenizer, Path file) {
        if (tokenizer.vocabularySize() > shape.config().vocabularySize()) {
            throw new IllegalArgumentException(("the tokenizer %s has %d tokens, but %s has room for %d only. Take the "
                    + "model's own tokenizer, or none.").formatted(file, tokenizer.vocabularySize(), shape.key(),
                    shape.config().vocabularySize()));
        }
    }

    private ModelConfig with(OptionalInt start, List<Integer> ends) {
        return switch (shape.config()) {
            case LlamaConfig c -> new LlamaConfig(c.modelType(), c.vocabularySize(), c.hiddenSize(),
                    c.intermediateSize(), c.layers(), c.heads(), c.keyValueHeads(), c.headSize(), c.rmsNormEpsilon(),
                    c.ropeTheta(), c.ropeScaling(), c.tieWordEmbeddings(), c.attentionBias(), c.slidingWindow(),
                    c.maxPositions(), start, ends, c.departures());
            case Gpt2Config c -> new Gpt2Config(c.vocabularySize(), c.hiddenSize(), c.innerSize(), c.layers(),
                    c.heads(), c.layerNormEpsilon(), c.tieWordEmbeddings(), c.maxPositions(), start, ends);
        };
    }

    private static List<Path> tokenizerFiles(Path fileOrFolder) {
        if (!Files.isDirectory(fileOrFolder)) {
            if (!fileOrFolder.endsWith("tokenizer.json")) {
                throw new IllegalArgumentException(("the tokenizer %s must be called tokenizer.json, or be a folder "
                        + "that holds one").formatted(fileOrFolder));
            }
            return List.of(fileOrFolder);
        }
        return TOKENIZER_FILES.stream().map(fileOrFolder::resolve).filter(Files::isRegularFile).toList();
    }

    @FunctionalInterface
    private interface FolderUse {
        void of(Path folder) throws IOException;
    }

    /// A folder for the moment.
    private static void inPassing(FolderUse use) {
        try {
            Path folder = Files.createTempDirectory("minarai-tokenizer");
            try {
                use.of(folder);
            } finally {
                for (Path file : tokenizerFiles(folder)) {
                    Files.delete(file);
                }
                Files.delete(folder);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("making a tokenizer", failure);
        }
    }
}
