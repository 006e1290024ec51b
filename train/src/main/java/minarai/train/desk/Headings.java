package minarai.train.desk;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.train.data.Names;
import minarai.train.data.Row;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The keys of a row by the names that the rest of the desk knows: English and Japanese headings, in any case and
/// width, become `instruction`, `input`, `output` and so on. Keys that mean nothing here stay as they are.
final class Headings {

    private static final String ANSWERS = "answer";
    private static final Map<String, String> MEANINGS = meanings();
    /// The key of the answer beside each key of a question.
    private static final Map<String, String> ANSWER_OF = Map.of("instruction", "output", "prompt", "completion",
            "question", "answer");

    private Headings() {
    }

    private static Map<String, String> meanings() {
        var meanings = new HashMap<String, String>();
        add(meanings, "instruction", "指示", "指示文", "命令", "命令文", "インストラクション");
        add(meanings, "prompt", "プロンプト");
        add(meanings, "question", "質問", "質問文", "問い", "問", "問題", "設問", "q");
        add(meanings, ANSWERS, "回答", "回答文", "答え", "答", "解答", "返答", "応答", "応答文", "出力", "出力文", "output",
                "response", "completion", "reply", "a");
        add(meanings, "input", "入力", "入力文", "コンテキスト", "文脈", "context");
        add(meanings, "system", "システム", "システムプロンプト", "system_prompt");
        add(meanings, "chosen", "採用", "良い回答", "選ばれた回答");
        add(meanings, "rejected", "不採用", "悪い回答", "選ばれなかった回答");
        add(meanings, "label", "ラベル");
        add(meanings, "category", "カテゴリ", "カテゴリー", "分類");
        for (String same : List.of("id", "messages", "conversations", "history", "instances", "tools", "origin")) {
            add(meanings, same);
        }
        return Map.copyOf(meanings);
    }

    private static void add(Map<String, String> meanings, String name, String... headings) {
        meanings.put(name, name);
        for (String heading : headings) {
            meanings.put(heading, name);
        }
    }

    /// The row with the keys it means.
    ///
    /// @throws IllegalArgumentException if two keys mean the same
    static Row canonical(Row row) {
        Map<String, String> names = names(row);
        ObjectNode renamed = JsonNodeFactory.instance.objectNode();
        var spelled = new HashMap<String, String>();
        for (var field : row.fields().properties()) {
            String name = names.getOrDefault(meaning(field.getKey()), meaning(field.getKey()));
            String earlier = spelled.putIfAbsent(name, field.getKey());
            if (earlier != null) {
                throw row.place().problem("%s and %s both mean %s; rename one, or leave it out".formatted(
                        Names.clipped(earlier), Names.clipped(field.getKey()), name));
            }
            renamed.set(name, field.getValue());
        }
        return new Row(row.place(), renamed);
    }

    /// What the question and the answer are called in this row. With an input of its own, a question is an instruction.
    private static Map<String, String> names(Row row) {
        Set<String> meanings = row.fields().propertyNames().stream().map(Headings::meaning).collect(Collectors.toSet());
        boolean isCompared = meanings.contains("chosen") || meanings.contains("messages");
        String asked = ANSWER_OF.keySet().stream().sorted().filter(meanings::contains).findFirst().orElse("question");
        boolean isInstruction = meanings.contains("input") && meanings.contains(ANSWERS) && !isCompared;
        String known = isInstruction ? "instruction" : asked;
        return Map.of(asked, known, ANSWERS, ANSWER_OF.getOrDefault(known, ANSWERS));
    }

    private static String meaning(String heading) {
        String plain = Normalizer.normalize(heading, Normalizer.Form.NFKC).strip().toLowerCase(Locale.ROOT);
        return MEANINGS.getOrDefault(plain, heading);
    }
}
