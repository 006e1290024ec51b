package minarai.train.run;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import minarai.train.data.Names;
import minarai.train.data.Sha256;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads the lines of a ledger one after the other and follows their chain.
final class LedgerReader {

    /// The most bytes of a line; a step of sixty thousand samples takes about five million.
    static final int LONGEST_LINE = 1 << 26;
    private static final String HASH = ",\"hash\":\"";
    private static final int HASH_DIGITS = 64;
    /// From the comma before `hash` to the end of the object.
    private static final int TAIL = HASH.length() + HASH_DIGITS + "\"}".length();

    /// Within a line's texts quotation marks have a backslash before them.
    private static final Pattern LINE_END = Pattern.compile(HASH + "[0-9a-f]{64}\"}");

    private static final JsonMapper MAPPER = mapper();

    private final Path file;
    private String previous;
    private int number;
    private int step;
    private boolean isClosed;

    /// @param runSha256 the first link of the chain: the hash of `run.json`
    LedgerReader(Path file, String runSha256) {
        this.file = file;
        this.previous = runSha256;
    }

    private static JsonMapper mapper() {
        var constraints = StreamReadConstraints.builder().maxNestingDepth(4).maxStringLength(LONGEST_LINE)
                .maxNumberLength(40).maxNameLength(4096).build();
        return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    }

    /// The hash of the last line read, to which the next is chained.
    String previous() {
        return previous;
    }

    /// The next line, without its line feed.
    ///
    /// @throws LedgerDamage if it is not what was written
    LedgerLine next(byte[] bytes) {
        number++;
        String text = text(bytes);
        int end = text.length() - TAIL;
        if (end < 1 || !text.startsWith(HASH, end) || !text.endsWith("\"}")) {
            throw damage("does not end with the hash of its content");
        }
        String hash = text.substring(end + HASH.length(), end + HASH.length() + HASH_DIGITS);
        String content = text.substring(0, end) + "}";
        String found = hash(content);
        if (!hash.equals(found)) {
            throw damage("does not have the hash it was written with: it says %s, its content has %s".formatted(
                    Names.clipped(hash), found));
        }
        JsonNode fields = parse(content);
        LedgerLine line = line(fields);
        String link = text(fields, "previous");
        if (!link.equals(previous)) {
            throw number == 1
                    ? new LedgerDamage(0, ("%s: the first line is chained to a run.json with the hash %s, but that of "
                            + "this run has %s. Something changed run.json or the line.").formatted(file,
                            Names.clipped(link), previous))
                    : damage("is chained to a line with the hash %s, but the one before it has %s".formatted(
                            Names.clipped(link), previous));
        }
        if (!content.equals(content(previous, line))) {
            throw damage("is not written in the form of a ledger, or has a key that is unknown");
        }
        requireOrder(line);
        previous = hash;
        step = line.step();
        return line;
    }

    /// What is behind the last line feed may be the beginning of a line, or a line that lacks nothing but its line
    /// feed: so a kill leaves it. A line with another byte in the place of its line feed was changed.
    ///
    /// @throws LedgerDamage if it is such a line
    void requireCutShort(byte[] rest) {
        Matcher end = LINE_END.matcher(new String(rest, StandardCharsets.ISO_8859_1));
        if (end.find() && end.end() < rest.length) {
            number++;
            throw damage("is whole, but another byte is in the place of its line feed");
        }
    }

    /// The line as it stands in the file, its line feed included.
    static String chained(String previous, LedgerLine line) {
        String content = content(previous, line);
        return content.substring(0, content.length() - 1) + HASH + hash(content) + "\"}\n";
    }

    /// The hash of a line: of its content and a line feed.
    static String hash(String content) {
        MessageDigest digest = Sha256.digest();
        digest.update(content.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
        return Sha256.hex(digest);
    }

    static String content(String previous, LedgerLine line) {
        return line.addTo(new LineText().add("previous", previous)).toString();
    }

    private void requireOrder(LedgerLine line) {
        boolean isFirst = line instanceof LedgerLine.Opening;
        if (isFirst != (number == 1)) {
            throw damage(isFirst ? "opens the ledger a second time" : "should be the opening of the ledger");
        }
        if (isClosed) {
            throw damage("comes after the closing");
        }
        isClosed = line instanceof LedgerLine.Closing;
        boolean isInOrder = switch (line) {
            case LedgerLine.Opening opening -> true;
            case LedgerLine.Step taken -> taken.step() == step + 1;
            case LedgerLine.Validation validation -> validation.step() == step;
            case LedgerLine.Saved saved -> saved.step() == step;
            case LedgerLine.Closing closing -> closing.step() <= step;
        };
        if (!isInOrder) {
            throw damage("is about step %d, but the lines before it reach step %d".formatted(line.step(), step));
        }
    }

    private String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException wrong) {
            throw damage("is not text in UTF-8");
        }
    }

    private JsonNode parse(String content) {
        try {
            return MAPPER.readTree(content);
        } catch (JacksonException wrong) {
            throw damage("is not JSON");
        }
    }

    private LedgerLine line(JsonNode fields) {
        return switch (text(fields, "kind")) {
            case "opening" -> opening(fields);
            case "step" -> new LedgerLine.Step(step(fields), texts(fields, "samples"), text(fields, "tokens"),
                    text(fields, "targets"), integer(fields, "labels"), number(fields, "loss"),
                    number(fields, "gradient_norm"), number(fields, "learning_rate"), text(fields, "parameters"));
            case "validation" -> new LedgerLine.Validation(step(fields), integer(fields, "labels"),
                    number(fields, "loss"));
            case "checkpoint" -> new LedgerLine.Saved(step(fields), text(fields, "file"), text(fields, "sha256"));
            case "closing" -> new LedgerLine.Closing(step(fields), text(fields, "parameters"), map(fields, "files"));
            case String other -> throw damage("is of the unknown kind " + Names.clipped(other));
        };
    }

    private LedgerLine opening(JsonNode fields) {
        if (integer(fields, "format") != LedgerLine.FORMAT) {
            throw damage("is in the form of version %d; this build reads version %d".formatted(
                    integer(fields, "format"), LedgerLine.FORMAT));
        }
        return new LedgerLine.Opening(text(fields, "numerics"), texts(fields, "overrides"),
                text(fields, "parameters"));
    }

    private int step(JsonNode fields) {
        return integer(fields, "step");
    }

    private int integer(JsonNode fields, String key) {
        JsonNode value = fields.path(key);
        if (!value.isInt() || value.asInt() < 0) {
            throw damage(key + " must be a whole number");
        }
        return value.asInt();
    }

    /// From its bits; the number for readers is compared with them when the line is written again.
    private double number(JsonNode fields, String key) {
        String bits = text(fields, key + "_bits");
        if (!bits.matches("[0-9a-f]{16}")) {
            throw damage(key + "_bits must be sixteen hexadecimal digits");
        }
        return Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));
    }

    private String text(JsonNode fields, String key) {
        JsonNode value = fields.path(key);
        if (!value.isString()) {
            throw damage(key + " must be text");
        }
        return value.stringValue();
    }

    private List<String> texts(JsonNode fields, String key) {
        var texts = new ArrayList<String>();
        if (!fields.path(key).isArray()) {
            throw damage(key + " must be a list");
        }
        for (JsonNode value : fields.path(key)) {
            if (!value.isString()) {
                throw damage(key + " must be a list of texts");
            }
            texts.add(value.stringValue());
        }
        return texts;
    }

    private Map<String, String> map(JsonNode fields, String key) {
        var map = new LinkedHashMap<String, String>();
        if (!fields.path(key).isObject()) {
            throw damage(key + " must be an object");
        }
        for (String name : fields.path(key).propertyNames()) {
            map.put(name, text(fields.path(key), name));
        }
        return map;
    }

    /// @param what a clause whose subject is the line
    LedgerDamage damage(String what) {
        int at = number == 1 ? 0 : step + 1;
        return new LedgerDamage(at, "%s:%d: the line %s. Something changed it after it was written%s.".formatted(file,
                number, what, number == 1 ? "" : "; the lines before it are sound, up to step " + step));
    }
}
