package minarai.models.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// JSON files of a model folder: one object in UTF-8, no key twice, nothing behind it, limited in size and depth.
final class JsonFile {

    /// Far more than any configuration needs.
    static final long CONFIGURATION_BYTES = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(16)
                            .maxNumberLength(64)
                            .maxNameLength(4096)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private JsonFile() {
    }

    /// @throws IllegalArgumentException if the file is larger than `maxBytes` or not one sound JSON object
    static ObjectNode read(Path path, long maxBytes) {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long bytes = channel.size();
            if (bytes > maxBytes) {
                throw new IllegalArgumentException("reading %s: it has %d bytes; at most %d are read"
                        .formatted(path, bytes, maxBytes));
            }
            var reader = new InputStreamReader(new ChannelWindow(channel, 0, bytes), UTF_8.newDecoder());
            JsonNode root = JSON.readTree(reader);
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw new IllegalArgumentException("reading %s: it holds %s, not a JSON object {…}"
                    .formatted(path, root.isMissingNode() ? "nothing" : root.getNodeType()));
        } catch (JacksonException unreadable) {
            throw new IllegalArgumentException("reading %s: it is not sound JSON: %s"
                    .formatted(path, Sentences.of(unreadable)), unreadable);
        } catch (IOException failure) {
            throw Sentences.of("reading", path, failure);
        }
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /// The object on several lines, in the order of its keys.
    static byte[] bytes(ObjectNode object) {
        return (JSON.writeValueAsString(object) + "\n").getBytes(UTF_8);
    }

    /// The object on one line.
    static byte[] compactBytes(ObjectNode object) {
        return JSON.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(object);
    }
}
