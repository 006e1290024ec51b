package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import minarai.bench.Machine;
import minarai.bench.TokenizerPeer;
import minarai.bench.TokenizerRate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai bench tokenizer`: how fast text becomes ids.
@Command(name = "tokenizer",
        description = {"Times tokenizers on texts, on one thread.",
            "Texts are cut into documents of 2,000 characters. Tokenizers are opened anew for each sample, so that none "
                    + "remembers a word."},
        footer = {"", "Example:", "  minarai bench tokenizer -m models/base --text novel.txt,news.txt --peers"})
final class BenchTokenizer implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-m", "--model"}, split = ",", required = true, paramLabel = "MODEL|FILE",
            description = "model folders or tokenizer files")
    private List<String> models = List.of();

    @Option(names = "--text", split = ",", required = true, paramLabel = "FILE", description = "texts in UTF-8")
    private List<Path> texts = List.of();

    @Option(names = "--samples", paramLabel = "N", description = "passes over each text; 7 if not given")
    private int samples = 7;

    @Option(names = "--peers", description = "other libraries beside ours, where this build carries them")
    private boolean hasPeers;

    private BenchTokenizer(Console console) {
        this.console = console;
    }

    /// `minarai bench` with this command in it.
    static CommandLine within(Console console) {
        return new CommandLine(new BenchCommand(console)).addSubcommand("tokenizer", new BenchTokenizer(console));
    }

    @Override
    public Integer call() {
        List<TokenizerPeer> peers = hasPeers ? TokenizerPeer.found() : List.of();
        if (hasPeers && peers.isEmpty()) {
            throw new IllegalArgumentException("this build carries no other libraries to compare with. Build with "
                    + "them: mvn -Ppeers -DskipTests package");
        }
        console.remark("%s", Machine.here());
        List<TokenizerRate.Rate> rates = new TokenizerRate(models.stream().map(ModelPath::ofModel).toList(), texts,
                peers, samples).run();
        if (common.isJson) {
            console.json(Map.of("machine", Machine.here().toString(),
                    "results", rates.stream().map(BenchTokenizer::fields).toList()));
        } else {
            console.line("%s", table(rates, peers));
        }
        return 0;
    }

    private static Map<String, Object> fields(TokenizerRate.Rate rate) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("tokenizer", rate.tokenizer());
        fields.put("text", rate.text());
        fields.put("megabytes", rate.megabytes());
        fields.put("tokens", rate.tokens());
        fields.put("megabytes_per_second", rate.megabytesPerSecond());
        fields.put("peer_megabytes_per_second", rate.peerRates());
        fields.put("times_faster", rate.timesFaster());
        return fields;
    }

    private static TextTable table(List<TokenizerRate.Rate> rates, List<TokenizerPeer> peers) {
        var headings = new ArrayList<>(List.of("tokenizer and text", "MB", "tokens", "MB/s"));
        peers.forEach(peer -> headings.addAll(List.of(peer.name() + " MB/s", "times faster")));
        var table = new TextTable(headings.toArray(String[]::new));
        for (TokenizerRate.Rate rate : rates) {
            var cells = new ArrayList<>(List.of(rate.tokenizer() + ", " + rate.text(), "%.2f".formatted(
                    rate.megabytes()), "%,d".formatted(rate.tokens()), "%.1f".formatted(rate.megabytesPerSecond())));
            peers.forEach(peer -> cells.addAll(List.of("%.1f".formatted(rate.peerRates().get(peer.name())),
                    "%.1f".formatted(rate.timesFaster().get(peer.name())))));
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }
}
