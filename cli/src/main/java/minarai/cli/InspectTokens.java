package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.tokenizer.Encoding;
import minarai.models.format.StoredVocabulary;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.Tokenizers;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `minarai inspect tokens`: a text as a tokenizer cuts it. Special tokens that the text spells out are special here,
/// as in the reference library; in a conversation they are not.
@Command(name = "tokens", description = "Shows how a tokenizer cuts a text.",
        footer = {"", "Example:", "  minarai inspect tokens -m models/base --text 'Once upon a time'"})
final class InspectTokens implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ColorOption color = new ColorOption();

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL|FILE",
            description = "model folder or tokenizer file")
    private String model = "";

    @ArgGroup(multiplicity = "1")
    private final Input input = new Input();

    @Option(names = "--special", description = "add the special tokens that the tokenizer puts around a text")
    private boolean isSpecial;

    /// What is cut.
    static final class Input {

        @Option(names = "--text", paramLabel = "TEXT", description = "a text")
        Optional<String> text = Optional.empty();

        @Option(names = "--lines", paramLabel = "FILE", description = "texts, each a JSON string on a line of its own")
        Optional<Path> lines = Optional.empty();
    }

    /// Tokens and where each lies in the text, in code points.
    private record Tokens(int[] ids, List<String> pieces, List<int[]> offsets) {
    }

    InspectTokens(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path path = ModelPath.ofModel(model);
        var tokenizer = path.toString().endsWith(".gguf") ? StoredVocabulary.in(path).tokenizer() : Tokenizers.of(path);
        input.text.ifPresent(text -> print(tokenizer, text));
        input.lines.ifPresent(file -> InputLines.each(file, (line, place) -> print(tokenizer, text(line, place))));
        return 0;
    }

    private static String text(JsonNode line, String place) {
        if (!line.isString()) {
            throw new IllegalArgumentException("%s: a line must be a JSON string such as \"Once upon a time\""
                    .formatted(place));
        }
        return line.stringValue();
    }

    private void print(PipelineTokenizer tokenizer, String text) {
        var tokens = tokens(tokenizer, tokenizer.encode(text, index -> true));
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("ids", tokens.ids());
            fields.put("pieces", tokens.pieces());
            fields.put("offsets", tokens.offsets());
            console.json(fields);
            return;
        }
        Ink ink = color.ink(console);
        var table = new TextTable("id", "piece", "from", "to");
        var whole = new StringBuilder();
        for (int i = 0; i < tokens.ids().length; i++) {
            Ink.Tone tone = tokenizer.isSpecial(tokens.ids()[i]) ? Ink.Tone.SPECIAL : i % 2 == 0
                    ? Ink.Tone.EVEN : Ink.Tone.ODD;
            String piece = ink.paint(tone, TokenText.printable(tokens.pieces().get(i)));
            whole.append(piece);
            table.row(ink.paint(Ink.Tone.NUMBER, String.valueOf(tokens.ids()[i])), piece,
                    String.valueOf(tokens.offsets().get(i)[0]), String.valueOf(tokens.offsets().get(i)[1]));
        }
        if (ink.isOn()) {
            console.line("%s%n", whole);
        }
        console.line("%s", table);
        console.remark("%s", Figures.count(tokens.ids().length, "token"));
    }

    private Tokens tokens(PipelineTokenizer tokenizer, Encoding encoding) {
        int[] before = isSpecial ? tokenizer.prefix() : new int[0];
        int[] after = isSpecial ? tokenizer.suffix() : new int[0];
        int[] ids = Arrays.copyOf(before, before.length + encoding.length() + after.length);
        System.arraycopy(encoding.ids(), 0, ids, before.length, encoding.length());
        System.arraycopy(after, 0, ids, before.length + encoding.length(), after.length);
        var pieces = new ArrayList<String>();
        var offsets = new ArrayList<int[]>();
        for (int i = 0; i < ids.length; i++) {
            int inText = i - before.length;
            boolean isInText = inText >= 0 && inText < encoding.length();
            pieces.add(tokenizer.piece(ids[i]));
            offsets.add(isInText ? new int[] {encoding.starts()[inText], encoding.ends()[inText]} : new int[2]);
        }
        return new Tokens(ids, pieces, offsets);
    }
}
