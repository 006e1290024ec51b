package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.models.Merge;
import minarai.models.WrittenWeights;
import minarai.models.format.DataType;
import minarai.models.format.Encoding;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.models.format.SafetensorsWriter.Rows;

/// Writes a model as a folder of safetensors, reads it back and compares logits.
///
/// @param merge the adapter that is merged in, if one is
record ExportFolder(ModelFolder base, Optional<Merge> merge, DataType type, Probing probing) {

    /// @param from what the adapter was read from
    Map<String, Object> merged(String from, Path output) {
        var present = merge.orElseThrow();
        present.write(output, type);
        try (var written = ModelFolder.open(output)) {
            var rounding = present.rounding(written);
            var fields = new LinkedHashMap<String, Object>();
            fields.put("type", type.name());
            fields.put("merged", from);
            fields.put("base", base.path().toString());
            fields.put("greatest_weight_difference", rounding.greatest());
            fields.put("relative_weight_difference", rounding.relative());
            fields.putAll(compared(written, output));
            return fields;
        }
    }

    Map<String, Object> copy(Path output) {
        List<Entry> entries = base.config().tensors().entrySet().stream()
                .map(each -> new Entry(base.writtenName(each.getKey()), type, each.getValue(),
                        base.rows(each.getKey())))
                .toList();
        ModelFolder.write(output, base.config(), type, entries, base, new TreeMap<>(base.weights().metadata()));
        try (var written = ModelFolder.open(output)) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("type", type.name());
            fields.put("tensors", written.weights().names().size());
            fields.putAll(compared(written, output));
            return fields;
        }
    }

    /// Takes the adapter that was merged last out again, and asks the two beside each other for what the merged model
    /// says.
    ///
    /// @param from what the adapter was read from
    /// @throws Probing.Failure if what came back is not what was written, or with the adapter not near the merged model
    Map<String, Object> unmerged(PeftFolder adapter, String from, Path output) {
        Merge.undo(base, adapter, output, type);
        try (var written = ModelFolder.open(output)) {
            probing.requireWritten(new WrittenWeights(base.config(), name -> Merge.rowsWithout(base, adapter, name),
                    _ -> new Encoding(type), probing.kernels().panelWidth()), probing.logits(written), output);
            var drift = Merge.Drift.of(probing.logits(base), probing.logits(written, adapter));
            var fields = new LinkedHashMap<String, Object>();
            fields.put("type", type.name());
            fields.put("unmerged", from);
            fields.put("model", base.path().toString());
            fields.putAll(Probing.fields(drift, drift.bound(base.config(), type), output));
            return fields;
        }
    }

    /// What came back has the bits of what was written, rounded alike; a merge in f32 is also near to base and adapter
    /// apart.
    ///
    /// @throws Probing.Failure if it does not, or is not
    Map<String, Object> compared(ModelFolder written, Path output) {
        var asked = probing.logits(written);
        if (isExact()) {
            return Probing.fields(Merge.Drift.of(probing.logits(base), asked), 0, output);
        }
        probing.requireWritten(new WrittenWeights(base.config(), this::rows, _ -> new Encoding(type),
                probing.kernels().panelWidth()), asked, output);
        if (merge.isEmpty()) {
            return Probing.fields(Merge.Drift.of(probing.logits(base), asked), Double.MAX_VALUE, output);
        }
        var drift = Merge.Drift.of(probing.logits(base, merge.get().adapter()), asked);
        return Probing.fields(drift, drift.bound(base.config(), type), output);
    }

    private Rows rows(String weight) {
        return merge.isPresent() ? merge.get().rows(weight) : base.rows(weight);
    }

    /// Whether a copy has the numbers of the model: f32 holds them all.
    private boolean isExact() {
        return merge.isEmpty() && (type == DataType.F32 || base.config().tensors().keySet().stream()
                .allMatch(name -> base.weights().tensor(base.storedName(name)).type() == type));
    }
}
