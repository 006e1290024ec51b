package minarai.train.desk.split;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.train.data.Json;
import minarai.train.data.Sha256;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryWriter;
import minarai.train.run.AtomicFiles;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A folder of the parts of a set of pairs: a file each, `split.json` that holds their hashes, and the log of who read
/// the frozen ones.
///
/// @param folder   where they lie
/// @param manifest the content of `split.json`
public record SplitFolder(Path folder, JsonNode manifest) {

    /// The name of the manifest.
    public static final String MANIFEST = "split.json";
    static final String LOG = "split.access.jsonl";
    private static final String LOG_KEY = "log";
    private static final Set<String> FROZEN = Set.of(Parting.TEST, Parting.HELD_OUT);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long LONGEST = 1 << 20;

    /// Writes a folder of parts. It is there whole or not at all.
    ///
    /// @param source the file the entries came from
    /// @throws IllegalArgumentException if there is something at the place already
    public static SplitFolder write(Path folder, Path source, Parting parting, List<Entry> entries) {
        Map<String, List<Entry>> parts = parting.of(entries);
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        manifest.putObject("source").put("file", source.toString()).put("sha256", Sha256.of(source));
        manifest.put("seed", parting.seed()).put("test_share", parting.test()).put("validation_share",
                parting.validation());
        parting.groupBy().ifPresent(key -> manifest.put("group_by", key));
        if (!parting.heldOut().isEmpty()) {
            ObjectNode heldOut = manifest.putObject("held_out");
            parting.heldOut().forEach((key, values) -> values.stream().sorted().forEach(heldOut.putArray(key)::add));
        }
        manifest.put(LOG_KEY, LOG);
        ObjectNode files = manifest.putObject("parts");
        AtomicFiles.writeFolder(folder, part -> {
            for (var each : parts.entrySet()) {
                Path file = part.resolve(each.getKey() + ".jsonl");
                EntryWriter.write(file, each.getValue());
                files.putObject(each.getKey()).put("file", file.getFileName().toString()).put("rows", each.getValue()
                        .size())
                        .put("sha256", Sha256.of(file)).put("frozen", FROZEN.contains(each.getKey()));
            }
            Files.createFile(part.resolve(LOG));
            Files.writeString(part.resolve(MANIFEST), JSON.writerWithDefaultPrettyPrinter()
                    .writeValueAsString(manifest) + "\n");
        });
        return new SplitFolder(folder, manifest);
    }

    /// @throws IllegalArgumentException if there is no manifest, or it is none
    public static SplitFolder open(Path folder) {
        Path file = folder.resolve(MANIFEST);
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > LONGEST) {
                throw new IllegalArgumentException(("%s holds no %s of at most %d bytes; is it a folder that data"
                        + " split wrote?").formatted(folder, MANIFEST, LONGEST));
            }
            JsonNode manifest = JSON.readTree(Files.readString(file));
            if (!manifest.path("parts").isObject()) {
                throw new IllegalArgumentException(file + " names no parts; is it a manifest that data split wrote?");
            }
            return new SplitFolder(folder, manifest);
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("%s is not JSON: %s".formatted(file, Json.reason(malformed)),
                    malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }

    /// The folder of parts in which a file lies as one of them.
    private static Optional<SplitFolder> around(Path file) {
        Path folder = Optional.ofNullable(file.getParent()).orElse(file);
        if (!Files.isRegularFile(folder.resolve(MANIFEST))) {
            return Optional.empty();
        }
        return Optional.of(open(folder)).filter(found -> found.part(file).isPresent());
    }

    /// As it is named, and behind all symbolic links.
    private static Set<Path> places(Path file) {
        var places = new LinkedHashSet<>(Set.of(file.toAbsolutePath()));
        try {
            if (Files.exists(file)) {
                places.add(file.toRealPath());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("following " + file, failure);
        }
        return places;
    }

    /// A part of it.
    ///
    /// @param isFrozen whether its reads are recorded
    public record Part(String name, Path file, int rows, String sha256, boolean isFrozen) {
    }

    /// All parts, in the order of the manifest.
    public List<Part> parts() {
        var parts = new ArrayList<Part>();
        manifest.path("parts").properties().forEach(each -> {
            JsonNode value = each.getValue();
            parts.add(new Part(each.getKey(), folder.resolve(Path.of(value.path("file").asString("")).getFileName()),
                    value.path("rows").asInt(0), value.path("sha256").asString(""), value.path("frozen")
                    .asBoolean(false)));
        });
        return parts;
    }

    private Optional<Part> part(Path file) {
        return parts().stream().filter(part -> part.file().getFileName().equals(file.getFileName())).findFirst();
    }

    /// Compares every part's file with its hash.
    ///
    /// @throws IllegalArgumentException for the first that is not as it was written
    public void verify() {
        parts().forEach(this::verify);
        log().lines();
    }

    private void verify(Part part) {
        if (!Files.isRegularFile(part.file()) || !Sha256.of(part.file()).equals(part.sha256())) {
            throw new IllegalArgumentException(("%s is not what data split wrote: its SHA-256 is not the %.12s… of"
                    + " %s. Scores on "
                    + "it cannot be compared with earlier ones; split again under another name, or put the file back")
                    .formatted(part.file(), part.sha256(), MANIFEST));
        }
    }

    /// Who read the frozen parts.
    public AccessLog log() {
        return new AccessLog(folder.resolve(LOG), Sha256.of(folder.resolve(MANIFEST)), manifest.has(LOG_KEY));
    }

    /// Tells that a file is about to be read. If it is a part of a split, by its own name or behind a symbolic link,
    /// its hash is compared; if the part is frozen, the read is recorded.
    ///
    /// @param command what reads it
    /// @return the part, if it is one
    /// @throws IllegalArgumentException if it is a part and not as it was written
    public static Optional<Part> reading(Path file, String command) {
        for (Path place : places(file)) {
            Optional<SplitFolder> split = around(place);
            if (split.isPresent()) {
                return split.get().part(place).map(part -> split.get().read(part, command));
            }
        }
        return Optional.empty();
    }

    private Part read(Part part, String command) {
        verify(part);
        if (part.isFrozen()) {
            log().append(part.name(), part.sha256(), command);
        }
        return part;
    }

    /// Numbers of rows by part.
    public Map<String, Integer> rows() {
        var rows = new LinkedHashMap<String, Integer>();
        parts().forEach(part -> rows.put(part.name(), part.rows()));
        return rows;
    }
}
