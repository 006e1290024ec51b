package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Tensor;
import minarai.models.Inference;
import minarai.models.Merge;
import minarai.models.Mismatch;
import minarai.models.ModelSource;
import minarai.models.format.GgufAdapter;
import minarai.models.format.MlxFolder;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;

/// Writes an adapter for llama.cpp or MLX, reads it back and compares the logits of base and adapter.
///
/// @param probes sequences of token ids
record ExportAdapter(ModelFolder base, PeftFolder adapter, List<int[]> probes, Kernels kernels) {

    Map<String, Object> gguf(Path output) {
        GgufAdapter.write(output, adapter, base.config(), output.getFileName().toString().replaceFirst("\\.gguf$", ""));
        return compared(GgufAdapter.read(output, base.config()));
    }

    Map<String, Object> mlx(Path output) {
        MlxFolder.write(output, adapter, base.config().layers());
        return compared(MlxFolder.read(output));
    }

    private Map<String, Object> compared(PeftFolder written) {
        var drift = Merge.Drift.of(logits(adapter), logits(written));
        var fields = new LinkedHashMap<String, Object>();
        fields.put("modules", written.modules().size());
        fields.put("greatest_logit_difference", drift.greatest());
        fields.put("positions", drift.positions());
        fields.put("changed_choices", drift.choices());
        return fields;
    }

    private List<Tensor> logits(PeftFolder placed) {
        int longest = probes.stream().mapToInt(probe -> probe.length).max().orElse(1);
        var model = ModelSource.adapted(base, kernels, Optional.empty(), placed, longest, Set.of(Mismatch.OTHER_BASE));
        var inference = new Inference(model, kernels);
        return probes.stream().map(inference::logits).toList();
    }
}
