package minarai.eval.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import minarai.eval.AtomicFile;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The decisions of a run, a line each, chained by their hashes: `decisions.jsonl`. A line's hash is the SHA-256 of its
/// bytes without line break, as `sha256sum` gives it.
///
/// @param lines as they lie in the file
public record Decisions(List<String> lines) {

    /// The file's name in a run's folder.
    public static final String FILE = "decisions.jsonl";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String NO_LINE = "0".repeat(64);

    public Decisions {
        lines = List.copyOf(lines);
    }

    /// @throws IllegalArgumentException if the chain is broken, with the line
    public static Decisions read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return new Decisions(List.of());
        }
        try {
            List<String> lines = Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
            String before = NO_LINE;
            for (int number = 0; number < lines.size(); number++) {
                if (!JSON.readTree(lines.get(number)).path("previous").asString("").equals(before)) {
                    throw new IllegalArgumentException(file + ": the chain is broken at line " + (number + 1)
                            + ", which does not name the hash of the line before; a line was altered or taken out");
                }
                before = sha256(lines.get(number));
            }
            return new Decisions(lines);
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException(file + ": not a line of decisions: "
                    + malformed.getOriginalMessage(), malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }

    /// Adds a decision and writes the file.
    ///
    /// @param outcome   that the person decided, which need not be that of the gate; both are in the line
    /// @param person    who decides
    /// @param evidence  hashes of what it rests on, by name
    /// @param key       for the HMAC, where there is one
    /// @return the line
    /// @throws IllegalArgumentException if no person is named
    public String decide(Path folder, Gate gate, Gate.Outcome outcome, String person, ObjectNode evidence, Instant when,
            Optional<String> key) {
        if (person.isBlank()) {
            throw new IllegalArgumentException("a decision needs the name of the person who makes it (--signed-by"
                    + " NAME)");
        }
        var line = JsonNodeFactory.instance.objectNode().put("previous", lines.isEmpty() ? NO_LINE
                : sha256(lines.getLast()))
                .put("when", when.toString()).put("decision", outcome.label())
                .put("recommended", gate.outcome().label())
                .put("signed_by", person);
        line.set("evidence", evidence);
        var reasons = line.putArray("reasons");
        gate.findings().forEach(finding -> reasons.add(finding.outcome().label() + ": " + finding.reason() + " (owner "
                + finding.kpi().owner() + ")"));
        key.ifPresent(secret -> line.put("hmac_sha256", hmac(JSON.writeValueAsString(line), secret)));
        String text = JSON.writeValueAsString(line);
        var all = new ArrayList<>(lines);
        all.add(text);
        AtomicFile.write(folder.resolve(FILE), String.join("\n", all) + "\n");
        return text;
    }

    /// Whether a line carries the HMAC of a key over the rest of it.
    public static boolean isSignedWith(String line, String key) {
        JsonNode read = JSON.readTree(line);
        if (!(read instanceof ObjectNode fields) || !fields.has("hmac_sha256")) {
            return false;
        }
        String signature = fields.path("hmac_sha256").asString();
        fields.remove("hmac_sha256");
        return MessageDigest.isEqual(signature.getBytes(StandardCharsets.UTF_8),
                hmac(JSON.writeValueAsString(fields), key).getBytes(StandardCharsets.UTF_8));
    }

    /// SHA-256 in hexadecimal digits.
    public static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks SHA-256, which every JDK has to have", e);
        }
    }

    private static String hmac(String text, String key) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256, which every JDK has to have", e);
        }
    }
}
