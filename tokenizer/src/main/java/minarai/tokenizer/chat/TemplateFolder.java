package minarai.tokenizer.chat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// The chat template of a Hugging Face model folder.
///
/// @param source the template
/// @param bos    the beginning-of-text token, empty if there is none
/// @param eos    the end-of-text token, empty if there is none
record TemplateFolder(String source, String bos, String eos) {
    private static final long LARGEST_FILE_BYTES = 64L << 20;
    private static final String CONFIG = "tokenizer_config.json";

    /// `chat_template.jinja`, else `chat_template` in `tokenizer_config.json`.
    static Optional<TemplateFolder> read(Path folder) {
        Path config = folder.resolve(CONFIG);
        JsonNode settings = Files.exists(config) ? json(config) : JsonNodeFactory.instance.objectNode();
        Path file = folder.resolve("chat_template.jinja");
        Optional<String> source = Files.exists(file) ? Optional.of(text(file)) : template(config, settings);
        return source.map(template -> new TemplateFolder(template, token(config, settings, "bos_token"),
                token(config, settings, "eos_token")));
    }

    private static Optional<String> template(Path config, JsonNode settings) {
        JsonNode template = settings.path("chat_template");
        if (template.isMissingNode() || template.isNull()) {
            return Optional.empty();
        }
        if (template.isString()) {
            return Optional.of(template.stringValue());
        }
        var names = new ArrayList<String>();
        for (JsonNode named : template) {
            String name = named.path("name").asString("");
            if (name.equals("default") && named.path("template").isString()) {
                return Optional.of(named.get("template").stringValue());
            }
            names.add(name);
        }
        throw new IllegalArgumentException(config + ": chat_template must be a string, or a list with a template "
                + "named 'default'; it is " + template.getNodeType() + " with the names " + names);
    }

    /// A token as a string or as an object with `content`; empty where it is absent or null.
    private static String token(Path config, JsonNode settings, String name) {
        JsonNode token = settings.path(name);
        JsonNode content = token.isObject() ? token.path("content") : token;
        if (token.isMissingNode() || token.isNull()) {
            return "";
        }
        if (!content.isString()) {
            throw new IllegalArgumentException(config + ": " + name
                    + " must be a string or an object with 'content', not " + token);
        }
        return content.stringValue();
    }

    private static JsonNode json(Path file) {
        try {
            JsonNode root = new JsonMapper().readTree(text(file));
            if (!root.isObject()) {
                throw new IllegalArgumentException(file + " must hold a JSON object, not " + root.getNodeType());
            }
            return root;
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException(file + " is not JSON: " + malformed.getOriginalMessage(), malformed);
        }
    }

    private static String text(Path file) {
        try {
            long bytes = Files.size(file);
            if (bytes > LARGEST_FILE_BYTES) {
                throw new IllegalArgumentException(file + " has " + bytes + " bytes; at most " + LARGEST_FILE_BYTES
                        + " are read");
            }
            return Files.readString(file);
        } catch (CharacterCodingException malformed) {
            throw new IllegalArgumentException(file + " is not UTF-8", malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }
}
