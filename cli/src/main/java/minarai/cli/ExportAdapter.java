package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Tensor;
import minarai.models.Merge;
import minarai.models.Mismatch;
import minarai.models.ModelSource;
import minarai.models.format.GgufAdapter;
import minarai.models.format.MlxFolder;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;

/// Writes an adapter for PEFT, llama.cpp or MLX, reads it back and compares the logits of base and adapter, which must
/// be the same bits: none of these formats rounds.
record ExportAdapter(ModelFolder base, PeftFolder adapter, Probing probing) {

    Map<String, Object> peft(Path output) {
        adapter.write(output);
        return compared(PeftFolder.read(output), output);
    }

    Map<String, Object> gguf(Path output) {
        GgufAdapter.write(output, adapter, base.config(), output.getFileName().toString().replaceFirst("\\.gguf$", ""));
        return compared(GgufAdapter.read(output, base.config()), output);
    }

    Map<String, Object> mlx(Path output) {
        MlxFolder.write(output, adapter, base.config().layers());
        return compared(MlxFolder.read(output), output);
    }

    /// @throws Probing.Failure if a logit differs
    Map<String, Object> compared(PeftFolder written, Path output) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("modules", written.modules().size());
        fields.putAll(Probing.fields(Merge.Drift.of(logits(adapter), logits(written)), 0, output));
        return fields;
    }

    private List<Tensor> logits(PeftFolder placed) {
        return probing.logits(ModelSource.adapted(base, probing.kernels(), Optional.empty(), placed, probing.longest(),
                Set.of(Mismatch.OTHER_BASE)));
    }
}
