package minarai.tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The metadata of a GGUF file, read without any checks, for tests.
final class GgufMetadata {

    private final ByteBuffer bytes;
    private final Map<String, Object> values = new HashMap<>();

    private GgufMetadata(Path file) throws IOException {
        bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).position(16);
        for (long left = bytes.getLong(); left > 0; left--) {
            values.put(text(), value(bytes.getInt()));
        }
    }

    private String text() {
        byte[] text = new byte[(int) bytes.getLong()];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private Object value(int type) {
        return switch (type) {
            case 0, 1 -> (int) bytes.get();
            case 2, 3 -> (int) bytes.getShort();
            case 4, 5 -> bytes.getInt();
            case 6 -> bytes.getFloat();
            case 7 -> bytes.get() != 0;
            case 8 -> text();
            case 9 -> {
                int element = bytes.getInt();
                List<Object> list = new ArrayList<>();
                for (long left = bytes.getLong(); left > 0; left--) {
                    list.add(value(element));
                }
                yield list;
            }
            case 10, 11 -> bytes.getLong();
            case 12 -> bytes.getDouble();
            default -> throw new IllegalStateException("type " + type);
        };
    }

    static GgufVocabulary vocabulary(Path file) throws IOException {
        Map<String, Object> all = new GgufMetadata(file).values;
        List<?> scores = (List<?>) all.getOrDefault("tokenizer.ggml.scores", List.of());
        float[] floats = new float[scores.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (Float) scores.get(i);
        }
        boolean isBert = all.get("tokenizer.ggml.model").equals("bert");
        var settings = new GgufVocabulary.Settings(id(all, isBert ? "cls" : "bos"),
                id(all, isBert ? "seperator" : "eos"), id(all, "unknown"), flag(all, "add_bos_token"),
                flag(all, "add_eos_token"), flag(all, "add_space_prefix"), flag(all, "remove_extra_whitespaces"),
                new byte[0]);
        return new GgufVocabulary((String) all.get("tokenizer.ggml.model"),
                Optional.ofNullable((String) all.get("tokenizer.ggml.pre")), texts(all, "tokens"), floats,
                ((List<?>) all.get("tokenizer.ggml.token_type")).stream().mapToInt(type -> (Integer) type).toArray(),
                texts(all, "merges"), settings);
    }

    private static List<String> texts(Map<String, Object> all, String name) {
        return ((List<?>) all.getOrDefault("tokenizer.ggml." + name, List.of())).stream().map(Object::toString)
                .toList();
    }

    private static OptionalInt id(Map<String, Object> all, String name) {
        Object id = all.get("tokenizer.ggml." + name + "_token_id");
        return id == null ? OptionalInt.empty() : OptionalInt.of((Integer) id);
    }

    private static Optional<Boolean> flag(Map<String, Object> all, String name) {
        return Optional.ofNullable((Boolean) all.get("tokenizer.ggml." + name));
    }
}
