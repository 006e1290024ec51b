package minarai.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.WithAdapters;
import minarai.models.format.Checkpoint;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.models.format.SafetensorsFile;
import minarai.train.data.SharedData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Training step by step against trajectories in float64 that we did not write: a hand-written backward pass on a real
/// model, and PEFT with PyTorch's AdamW on tiny ones.
///
/// Tolerances. Losses 1e-4: forward passes in f32 are off by 1e-5, and over a dozen steps the reference stack's own f32
/// run drifts from its f64 run by at most 6e-6. Gradients and their norms 1e-3 relative to the tensor's largest entry,
/// because sums over hundreds of rounded products with cancellation lose three digits. Parameters after many steps of
/// AdamW are not compared, since a gradient near zero gives an update of full size in either direction; what they
/// compute is: logits after training 1e-3.
class TrainerGoldenTest {

    private static final double LOSS = 1e-4;
    private static final double GRADIENT = 1e-3;
    private static final double LOGIT = 1e-3;
    private static final Kernels KERNELS = TestedKernels.of(new Workers(2));

    @BeforeAll
    static void require() {
        TestedKernels.require();
    }

    /// The folder that a golden calls e.g. `models/TinyStories-656K-hf (in shared)`.
    private static ModelFolder realModel(JsonNode golden) {
        return ModelFolder.open(SharedData.file(golden.get("base_model").stringValue().replace(" (in shared)", "")));
    }

    private static JsonNode json(String name) {
        return new ObjectMapper().readTree(SharedData.file(name).toFile());
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    }

    private static Sample sample(String id, int[] ids, int[] marks, int unmarked) {
        boolean[] isTarget = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            isTarget[i] = marks[i] != unmarked;
        }
        return new Sample(id, ids, isTarget);
    }

    private static AdamW.Settings settings(JsonNode optimizer) {
        double[] betas = doubles(optimizer.get("betas"));
        return new AdamW.Settings((float) betas[0], (float) betas[1], optimizer.get("eps").floatValue(),
                optimizer.get("weight_decay").floatValue());
    }

    private static double loss(LanguageModel model, List<Sample> samples) {
        List<float[]> losses = new Inference(model, KERNELS).losses(samples.stream().map(Sample::ids).toList());
        double sum = 0;
        int targets = 0;
        for (int s = 0; s < samples.size(); s++) {
            for (int i = 1; i < samples.get(s).ids().length; i++) {
                if (samples.get(s).isTarget()[i]) {
                    sum += losses.get(s)[i - 1];
                    targets++;
                }
            }
        }
        return sum / targets;
    }

    private static void assertGradients(List<Parameter> parameters, Checkpoint expected) {
        assertEquals(expected.names().size(), parameters.size());
        for (Parameter parameter : parameters) {
            float[] wanted = expected.read("base_model.model." + parameter.name());
            float[] found = parameter.gradient().orElseThrow().toArray();
            double largest = 0;
            for (float number : wanted) {
                largest = Math.max(largest, Math.abs(number));
            }
            assertEquals(wanted.length, found.length, parameter.name());
            for (int i = 0; i < wanted.length; i++) {
                assertEquals(wanted[i], found[i], GRADIENT * largest, parameter.name() + " " + i);
            }
        }
    }

    private static void assertRow(double[] expected, Tensor logits, int row) {
        for (int id = 0; id < expected.length; id++) {
            assertEquals(expected[id], logits.at(row, id), LOGIT, "logit " + id + " of row " + row);
        }
    }

    @Test
    void loraOnARealModelFollowsItsReferenceForTwentySteps() {
        JsonNode golden = json("goldens/reference/ts656_lora_qv_r2/expected.json");
        JsonNode optimizer = golden.get("optimizer");
        JsonNode one = golden.get("samples").get(0);
        var sample = sample("dog", ints(one.get("input_ids")), ints(one.get("loss_mask")), 0);
        var adapter = Adapter.trained(PeftFolder.read(SharedData.file("goldens/reference/ts656_lora_qv_r2")));
        var path = SharedData.file("goldens/reference/ts656_lora_qv_r2/grad_step1.safetensors");
        try (var base = realModel(golden);
                var gradients = SafetensorsFile.open(path)) {
            var weights = new WithAdapters(CheckpointWeights.frozen(base, KERNELS), adapter);
            var model = LanguageModel.of(base.config(), weights, 64);
            var trainer = new Trainer(model, KERNELS, new AdamW(KERNELS, settings(optimizer), adapter.parameters(),
                    parameter -> true), Double.POSITIVE_INFINITY, Workspace.growing(), false);
            var batches = List.of(Batch.of(List.of(sample)));
            int number = 1;
            for (JsonNode step : golden.get("trajectory")) {
                var report = trainer.step(number, optimizer.get("lr").doubleValue(), batches);
                assertEquals(step.get("loss_before").doubleValue(), report.loss(), LOSS, "step " + number);
                double norm = step.get("grad_norm_before_clip").doubleValue();
                assertEquals(norm, report.gradientNorm(), GRADIENT * norm, "step " + number);
                if (number == 1) {
                    assertGradients(adapter.parameters(), gradients);
                }
                number++;
            }
            assertEquals(21, number);
            assertEquals(golden.get("loss_after").doubleValue(), loss(model, List.of(sample)), LOSS);
            assertRow(doubles(golden.get("last_token_logits_sample0_after")),
                    new Inference(model, KERNELS).logits(sample.ids()), sample.ids().length - 1);
        }
    }

    @Test
    void fullTuningOfARealModelFollowsItsReferenceForTenSteps() {
        JsonNode all = json("goldens/reference/ts656_lora_qv_r2/expected.json");
        JsonNode golden = all.get("full_finetune");
        JsonNode one = all.get("samples").get(0);
        var sample = sample("dog", ints(one.get("input_ids")), ints(one.get("loss_mask")), 0);
        double[] losses = doubles(golden.get("losses"));
        double rate = golden.get("optimizer").get("lr").doubleValue();
        try (var base = realModel(all)) {
            var weights = new Collecting(CheckpointWeights.trained(base));
            var model = LanguageModel.of(base.config(), weights, 64);
            var parameters = weights.parameters();
            var trainer = new Trainer(model, KERNELS, new AdamW(KERNELS, settings(golden.get("optimizer")), parameters,
                    parameter -> true), Double.POSITIVE_INFINITY, Workspace.growing(), false);
            for (int step = 1; step < losses.length; step++) {
                var report = trainer.step(step, rate, List.of(Batch.of(List.of(sample))));
                assertEquals(losses[step - 1], report.loss(), LOSS, "step " + step);
                if (step == 1) {
                    assertNorms(golden.get("grad_norm_per_tensor_at_base"), parameters);
                }
            }
            assertEquals(losses[losses.length - 1], loss(model, List.of(sample)), LOSS);
        }
    }

    private static void assertNorms(JsonNode norms, List<Parameter> parameters) {
        assertEquals(norms.size(), parameters.size());
        for (Parameter parameter : parameters) {
            String name = parameter.name().equals("model.embed_tokens.weight") ? "lm_head.weight (tied)"
                    : parameter.name();
            double expected = norms.get(name).doubleValue();
            double found = Math.sqrt(KERNELS.sumOfSquares(parameter.gradient().orElseThrow()));
            assertEquals(expected, found, GRADIENT * expected, name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-qv-r4", "llama-all-r2-dora", "qwen2-qv-r2", "qwen2-all-r8-rslora"})
    void peftTrajectoriesAreReproducedWithAccumulationClippingAndSchedule(String name) {
        JsonNode golden = json("goldens/hf/lora/" + name + "/golden.json");
        JsonNode training = golden.get("training");
        JsonNode exact = training.get("f64");
        var samples = samples(training);
        var batches = List.of(Batch.of(samples.subList(0, 2)), Batch.of(samples.subList(2, 4)));
        int steps = training.get("num_steps").intValue();
        var schedule = new Schedule(Schedule.Decay.COSINE, training.get("lr").doubleValue(),
                training.get("warmup_steps").intValue(), steps, 0, Schedule.Origin.ZERO);
        var adapter = Adapter.trained(PeftFolder.read(SharedData.file("goldens/hf/lora/" + name + "/adapter_initial")));
        var path = SharedData.file("goldens/hf/lora/" + name + "/grad_step0.safetensors");
        try (var base = ModelFolder.open(SharedData.file("goldens/hf/" + golden.get("base_model").stringValue()));
                var gradients = SafetensorsFile.open(path)) {
            var weights = new WithAdapters(CheckpointWeights.frozen(base, KERNELS), adapter);
            var model = LanguageModel.of(base.config(), weights, 512);
            var trainer = new Trainer(model, KERNELS, new AdamW(KERNELS, settings(training), adapter.parameters(),
                    parameter -> true), training.get("max_grad_norm").doubleValue(), Workspace.growing(), false);
            for (int step = 1; step <= steps; step++) {
                double rate = exact.get("lr").get(step - 1).doubleValue();
                assertEquals(rate, schedule.rate(step), 1e-15, "rate of step " + step);
                var report = trainer.step(step, schedule.rate(step), batches);
                assertEquals(exact.get("loss").get(step - 1).doubleValue(), report.loss(), LOSS, "step " + step);
                double norm = exact.get("grad_norm").get(step - 1).doubleValue();
                assertEquals(norm, report.gradientNorm(), GRADIENT * norm, "step " + step);
                assertEquals(training.get("f64").get("loss_tokens_N").intValue(), report.targets());
                if (step == 1) {
                    assertTrue(norm > training.get("max_grad_norm").doubleValue(), "the first step is clipped");
                    assertGradients(adapter.parameters(), gradients);
                }
            }
            assertEquals(exact.get("loss_after_last_step").doubleValue(), loss(model, samples), LOSS);
            JsonNode after = training.get("final_logits_f64");
            Tensor logits = new Inference(model, KERNELS).logits(ints(after.get("ids")));
            int[] positions = ints(after.get("logit_positions"));
            for (int i = 0; i < positions.length; i++) {
                assertRow(doubles(after.get("logits").get(i)), logits, positions[i]);
            }
        }
    }

    private static List<Sample> samples(JsonNode training) {
        var samples = new ArrayList<Sample>();
        for (int s = 0; s < training.get("input_ids").size(); s++) {
            samples.add(sample("sample " + s, ints(training.get("input_ids").get(s)),
                    ints(training.get("labels").get(s)), -100));
        }
        return samples;
    }
}
