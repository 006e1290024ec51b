package minarai.models.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import minarai.models.format.SafetensorsWriter.Entry;
import tools.jackson.databind.node.ObjectNode;

/// A checkpoint in several safetensors files, which `model.safetensors.index.json` lists.
///
/// Index and files must agree in both directions. `metadata.total_size` is not compared: writers disagree on whether
/// shared tensors count twice.
public final class ShardedSafetensors implements Checkpoint {

    private static final long INDEX_BYTES = 1 << 26;
    private static final int MAX_SHARDS = 4096;
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final Path index;
    private final List<SafetensorsFile> shards;
    private final SortedMap<String, SafetensorsFile> files;

    private ShardedSafetensors(Path index, List<SafetensorsFile> shards, SortedMap<String, SafetensorsFile> files) {
        this.index = index;
        this.shards = shards;
        this.files = files;
    }

    /// Opens all files that an index lists; they lie beside it.
    ///
    /// @throws IllegalArgumentException if the index or a file is unsound, or they disagree
    public static ShardedSafetensors open(Path index) {
        var byShard = namesByShard(index);
        var shards = new ArrayList<SafetensorsFile>();
        boolean isSound = false;
        try {
            var files = new TreeMap<String, SafetensorsFile>();
            for (var entry : byShard.entrySet()) {
                Path path = index.resolveSibling(entry.getKey());
                if (!Files.isRegularFile(path)) {
                    throw new IllegalArgumentException("opening %s: the file %s, which it lists, is missing"
                            .formatted(index, entry.getKey()));
                }
                var shard = SafetensorsFile.open(path);
                shards.add(shard);
                requireAgreement(index, shard, entry.getValue());
                entry.getValue().forEach(name -> files.put(name, shard));
            }
            isSound = true;
            return new ShardedSafetensors(index, List.copyOf(shards), files);
        } finally {
            if (!isSound) {
                shards.forEach(SafetensorsFile::close);
            }
        }
    }

    private static Map<String, SortedSet<String>> namesByShard(Path index) {
        if (!(JsonFile.read(index, INDEX_BYTES).path("weight_map") instanceof ObjectNode map)) {
            throw new IllegalArgumentException("reading %s: it has no object weight_map from tensor to file"
                    .formatted(index));
        }
        var byShard = new TreeMap<String, SortedSet<String>>();
        for (var entry : map.properties()) {
            String shard = entry.getValue().isString() ? entry.getValue().stringValue() : "";
            if (!shard.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\\.safetensors")) {
                throw new IllegalArgumentException("reading %s: tensor %s is in %s, which is not a file name like "
                        .formatted(index, entry.getKey(), entry.getValue()) + "model-00001-of-00002.safetensors");
            }
            byShard.computeIfAbsent(shard, _ -> new TreeSet<>()).add(entry.getKey());
        }
        if (byShard.size() > MAX_SHARDS) {
            throw new IllegalArgumentException("reading %s: it lists %d files; at most %d are opened"
                    .formatted(index, byShard.size(), MAX_SHARDS));
        }
        return byShard;
    }

    /// Writes tensors into a folder: as one file `model.safetensors` where they fit, else as several and their index.
    ///
    /// @param shardBytes what one file holds at most, but for a tensor that alone is larger
    static void write(Path folder, List<Entry> tensors, Map<String, String> metadata, long shardBytes) {
        var shards = new ArrayList<List<Entry>>();
        long total = 0;
        long filled = 0;
        for (Entry tensor : tensors) {
            long bytes = tensor.stored().bytes();
            if (shards.isEmpty() || bytes > shardBytes - filled) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.getLast().add(tensor);
            filled += bytes;
            total = Math.addExact(total, bytes);
        }
        if (shards.size() < 2) {
            SafetensorsWriter.write(folder.resolve(SINGLE), tensors, metadata);
            return;
        }
        var index = JsonFile.object();
        index.putObject("metadata").put("total_size", total);
        var map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
            shards.get(i).forEach(tensor -> map.put(tensor.name(), name));
            SafetensorsWriter.write(folder.resolve(name), shards.get(i), metadata);
        }
        Beside.writeFile(folder.resolve(INDEX), JsonFile.bytes(index));
    }

    private static void requireAgreement(Path index, SafetensorsFile shard, SortedSet<String> listed) {
        var present = shard.names();
        for (String name : listed) {
            if (!present.contains(name)) {
                throw new IllegalArgumentException("opening %s: it says that tensor %s is in %s, which does not have it"
                        .formatted(index, name, shard.source()));
            }
        }
        for (String name : present) {
            if (!listed.contains(name)) {
                throw new IllegalArgumentException(("opening %s: %s has the tensor %s, which the index does not list "
                        + "there").formatted(index, shard.source(), name));
            }
        }
    }

    /// The index and the files that it lists.
    List<Path> paths() {
        return Stream.concat(Stream.of(index), shards.stream().map(SafetensorsFile::source).map(Path::of)).toList();
    }

    @Override
    public String source() {
        return index.toString();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(files.keySet()));
    }

    /// The texts of all files; where two give a key different texts, that of the first file by name.
    @Override
    public Map<String, String> metadata() {
        var texts = new TreeMap<String, String>();
        shards.forEach(shard -> shard.metadata().forEach(texts::putIfAbsent));
        return Collections.unmodifiableMap(texts);
    }

    @Override
    public Optional<StoredTensor> find(String name) {
        return Optional.ofNullable(files.get(name)).flatMap(file -> file.find(name));
    }

    @Override
    public void readRows(String name, long first, int count, float[] target, int offset) {
        file(name).readRows(name, first, count, target, offset);
    }

    @Override
    public void readBytes(String name, ByteSink sink) {
        file(name).readBytes(name, sink);
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }

    private SafetensorsFile file(String name) {
        return Optional.ofNullable(files.get(name)).orElseThrow(() -> new IllegalArgumentException(
                "%s lists no tensor %s".formatted(index, name)));
    }
}
