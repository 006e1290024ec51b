package minarai.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.TokenizerFile;
import minarai.tokenizer.Tokenizers;

/// How fast text becomes ids, on one thread.
///
/// A text is encoded in documents of some two thousand characters. Each sample opens the tokenizers anew, so that none
/// remembers a word from the sample before, and takes one pass over the text of each, in turn; opening is not timed.
/// Ours also gives offsets in code points; a peer gives what its cheapest call gives.
///
/// @param tokenizers model folders or tokenizer files
/// @param texts      text files in UTF-8
/// @param peers      other libraries beside ours
/// @param samples    passes over each text
public record TokenizerRate(List<Path> tokenizers, List<Path> texts, List<TokenizerPeer> peers, int samples) {

    private static final int DOCUMENT_CHARACTERS = 2000;
    private static final int WARM_UPS = 4;

    public TokenizerRate {
        tokenizers = List.copyOf(tokenizers);
        texts = List.copyOf(texts);
        peers = List.copyOf(peers);
        if (samples < 1) {
            throw new IllegalArgumentException("at least one sample is needed, not " + samples);
        }
    }

    /// A tokenizer on a text.
    ///
    /// @param tokenizer            its name
    /// @param text                 the name of the file
    /// @param megabytes            10⁶ bytes of UTF-8
    /// @param tokens               that it becomes
    /// @param megabytesPerSecond   ours, median
    /// @param peerRates            theirs, by name, in the same unit
    /// @param timesFaster          by peer, the median of the ratios of samples taken one right after the other
    public record Rate(String tokenizer, String text, double megabytes, long tokens, double megabytesPerSecond,
            Map<String, Double> peerRates, Map<String, Double> timesFaster) {
    }

    /// Times every tokenizer on every text.
    ///
    /// @throws IllegalArgumentException if a peer gives other ids
    public List<Rate> run() {
        List<Rate> rates = new ArrayList<>();
        for (Path tokenizer : tokenizers) {
            try {
                Path json = Files.createTempFile("minarai", "tokenizer.json");
                try {
                    TokenizerFile.write(Tokenizers.of(tokenizer), json);
                    for (Path text : texts) {
                        rates.add(rate(tokenizer, json, text));
                    }
                } finally {
                    Files.deleteIfExists(json);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("timing the tokenizer of " + tokenizer, e);
            }
        }
        return rates;
    }

    private Rate rate(Path tokenizer, Path json, Path file) throws IOException {
        String text = Files.readString(file);
        List<String> documents = documents(text);
        long tokens = warmUp(json, documents);
        double megabytes = text.getBytes(StandardCharsets.UTF_8).length / 1e6;
        double[] ours = new double[samples];
        double[][] theirs = new double[peers.size()][samples];
        for (int sample = 0; sample < samples; sample++) {
            PipelineTokenizer fresh = Tokenizers.of(json);
            ours[sample] = megabytes / seconds(() -> documents.forEach(fresh::encode));
            for (int peer = 0; peer < theirs.length; peer++) {
                try (TokenizerPeer.Encoder encoder = peers.get(peer).open(json)) {
                    theirs[peer][sample] = megabytes / seconds(() -> documents.forEach(encoder::encode));
                }
            }
        }
        var rates = new LinkedHashMap<String, Double>();
        var faster = new LinkedHashMap<String, Double>();
        for (int peer = 0; peer < theirs.length; peer++) {
            double[] ratios = new double[samples];
            for (int sample = 0; sample < samples; sample++) {
                ratios[sample] = ours[sample] / theirs[peer][sample];
            }
            rates.put(peers.get(peer).name(), Samples.median(theirs[peer]));
            faster.put(peers.get(peer).name(), Samples.median(ratios));
        }
        return new Rate(name(tokenizer), name(file), megabytes, tokens, Samples.median(ours), rates, faster);
    }

    private static String name(Path path) {
        return path.toAbsolutePath().normalize().getFileName().toString();
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    /// Runs everything often enough to be compiled, and compares ids.
    private long warmUp(Path json, List<String> documents) {
        PipelineTokenizer ours = Tokenizers.of(json);
        long tokens = 0;
        for (int pass = 0; pass < WARM_UPS; pass++) {
            tokens = documents.stream().mapToLong(document -> ours.encode(document).length()).sum();
        }
        for (TokenizerPeer peer : peers) {
            try (TokenizerPeer.Encoder encoder = peer.open(json)) {
                for (String document : documents) {
                    long[] expected = Arrays.stream(ours.encode(document, at -> true).ids()).asLongStream().toArray();
                    if (!Arrays.equals(expected, encoder.encode(document))) {
                        throw new IllegalArgumentException(("%s gives other ids than ours for the text that begins "
                                + "\"%s\", so there is nothing to compare").formatted(peer.name(),
                                document.substring(0, Math.min(40, document.length()))));
                    }
                }
            }
        }
        return tokens;
    }

    private static List<String> documents(String text) {
        List<String> documents = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', Math.min(text.length(), from + DOCUMENT_CHARACTERS)) + 1;
            documents.add(text.substring(from, end == 0 ? text.length() : end));
            from = end == 0 ? text.length() : end;
        }
        return documents;
    }
}
