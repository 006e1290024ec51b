package minarai.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Memory;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.LanguageModel;

/// Memory and work of a run, known before its first step.
///
/// The memory of a step is found by rehearsal: the run's own code walks through the batches with kernels that compute
/// nothing and tensors that have no numbers.
///
/// @param weightBytes    the frozen base, packed
/// @param trainedBytes   trained parameters, their gradients, and the optimizer's averages
/// @param snapshotBytes  a copy of the trained parameters and the averages, which is written to the disk while the run
///                       goes on; 0 where there is no memory for it, and the run waits instead
/// @param workspaceBytes activations and their gradients, for the largest batch, and what attention takes beside them
/// @param readBackBytes  the largest matrix, which is read anew after the last step, when neither copy nor activations
///                       are needed any more, and compared with the one that was used
/// @param otherBytes     the virtual machine, its compiler, the tokenizer: [#OTHER], measured
/// @param steps          updates
/// @param tokens         tokens that go through the model in all steps
/// @param flops          floating-point operations of all steps
/// @param isRecomputing  whether activations are computed again on the way back, because they would not fit or the
///                       recipe says so
public record Plan(long weightBytes, long trainedBytes, long snapshotBytes, long workspaceBytes, long readBackBytes,
        long otherBytes, int steps, long tokens, double flops, boolean isRecomputing) {

    /// What a virtual machine that trains a tiny model takes beside its tensors.
    private static final long OTHER = 300L << 20;
    /// Where collecting garbage takes little beside what it may give back.
    private static final long LARGE = 1L << 26;
    /// Steps that are rehearsed one by one; of later ones those that are larger than these.
    private static final int REHEARSED = 4096;

    /// @param workspace what [#rehearse] found
    static Plan of(List<Parameter> frozen, List<Parameter> trained, Workspace workspace, Lessons lessons,
            boolean isRecomputing) {
        long weights = frozen.stream().mapToLong(parameter -> bytes(parameter.value())).sum();
        long state = 4 * trained.stream().mapToLong(parameter -> bytes(parameter.value())).sum();
        long size = Stream.concat(frozen.stream(), trained.stream()).mapToLong(Parameter::size).sum();
        long trainedSize = trained.stream().mapToLong(Parameter::size).sum();
        long tokens = 0;
        for (int step = 1; step <= lessons.stepsPerEpoch(); step++) {
            tokens += lessons.batches(step).stream().mapToLong(batch -> batch.tokens().count()).sum();
        }
        tokens = tokens * lessons.steps() / lessons.stepsPerEpoch();
        double flops = tokens * ((isRecomputing ? 6.0 : 4.0) * size + 2.0 * trainedSize);
        long largest = Stream.concat(frozen.stream(), trained.stream()).mapToLong(parameter -> bytes(parameter.value()))
                .max().orElse(0);
        return new Plan(weights, state, 0, workspace.bytes() + workspace.scratchBytes(), largest, OTHER,
                lessons.steps(), tokens, flops, isRecomputing);
    }

    private static long bytes(Matrix matrix) {
        return switch (matrix) {
            case Tensor tensor -> 4L * tensor.size();
            case Panels panels -> panels.bytes();
        };
    }

    /// Walks through the steps of the run, and its validation, without computing.
    static Workspace rehearse(LanguageModel model, Kernels kernels, Lessons lessons, boolean isRecomputing) {
        return Trainer.rehearse(model, kernels, rehearsed(lessons, REHEARSED), isRecomputing);
    }

    /// The batches of the first steps, and of the later ones, which deal the same pairs in another order, those that
    /// are larger than each one before in something that takes memory.
    ///
    /// @param atFirst steps whose batches are all taken
    static List<Batch> rehearsed(Curriculum lessons, int atFirst) {
        var batches = new ArrayList<>(lessons.validationBatches());
        IntStream.rangeClosed(1, Math.min(atFirst, lessons.steps()))
                .forEach(step -> batches.addAll(lessons.batches(step)));
        var largest = new ArrayList<Extent>();
        batches.forEach(batch -> Extent.of(batch).addIfLarger(largest));
        for (int step = atFirst + 1; step <= lessons.steps(); step++) {
            for (Batch batch : lessons.batches(step)) {
                if (Extent.of(batch).addIfLarger(largest)) {
                    batches.add(batch);
                }
            }
        }
        return batches;
    }

    /// What decides how much memory a batch takes.
    private record Extent(int tokens, int labels, int longest, int sequences) {

        static Extent of(Batch batch) {
            return new Extent(batch.tokens().count(), batch.targets(),
                    batch.samples().stream().mapToInt(sample -> sample.ids().length).max().orElse(0),
                    batch.samples().size());
        }

        /// @param largest those of which none is within another
        boolean addIfLarger(List<Extent> largest) {
            if (largest.stream().anyMatch(this::isWithin)) {
                return false;
            }
            largest.removeIf(each -> each.isWithin(this));
            return largest.add(this);
        }

        private boolean isWithin(Extent other) {
            return tokens <= other.tokens && labels <= other.labels && longest <= other.longest
                    && sequences <= other.sequences;
        }
    }

    /// This plan with a copy of the state for checkpoints, if that fits too.
    Plan withSnapshot(Memory memory) {
        var plan = new Plan(weightBytes, trainedBytes, trainedBytes / 4 * 3, workspaceBytes, readBackBytes, otherBytes,
                steps, tokens, flops, isRecomputing);
        return plan.fits(memory) ? plan : this;
    }

    /// The plan of trainings in memory: no checkpoints are written, but the values at the beginning are kept, and those
    /// of the lowest loss.
    Plan retraining() {
        return new Plan(weightBytes, trainedBytes, trainedBytes / 4 * 2, workspaceBytes, 0, otherBytes, steps, tokens,
                flops, isRecomputing);
    }

    /// Collects what loading, or training, has left behind, where the run is large: the virtual machine would rather
    /// take more memory than look for what it has, and more than is planned.
    void giveBack() {
        if (weightBytes + trainedBytes >= LARGE) {
            System.gc();
        }
    }

    public long totalBytes() {
        return weightBytes + trainedBytes + Math.max(snapshotBytes + workspaceBytes, readBackBytes) + otherBytes;
    }

    /// Memory of this plan that nobody needs any more after the last step.
    long leftBytes() {
        return snapshotBytes + workspaceBytes + otherBytes / 4;
    }

    /// Without what is read back: where there is no room for it, the comparison is left out.
    private long neededBytes() {
        return weightBytes + trainedBytes + snapshotBytes + workspaceBytes + otherBytes / 2;
    }

    /// What a device holds whose kernels compute the steps.
    public long deviceBytes() {
        return weightBytes + trainedBytes + workspaceBytes;
    }

    /// What stays on the heap when a device computes the steps.
    private Plan besideDevice() {
        return new Plan(weightBytes, trainedBytes, snapshotBytes, 0, readBackBytes, otherBytes, steps, tokens, flops,
                isRecomputing);
    }

    private static boolean isHeap(Memory memory) {
        return memory.equals(Memory.heap());
    }

    /// @param memory that of the kernels
    boolean fits(Memory memory) {
        return isHeap(memory) ? fits(memory.capacity()) : deviceBytes() <= memory.capacity()
                && besideDevice().fits(Memory.heap().capacity());
    }

    /// @param memory that of the kernels
    /// @throws IllegalArgumentException if the run would not fit, with the numbers that can be changed
    public void requireFit(Memory memory, Recipe recipe) {
        if (isHeap(memory)) {
            requireFit(memory.capacity(), recipe);
            return;
        }
        besideDevice().requireFit(Memory.heap().capacity(), recipe);
        if (deviceBytes() > memory.capacity()) {
            throw new IllegalArgumentException(("the run needs about %d MB on the device (weights %d, trained "
                    + "parameters %d, a step %d), which has %d MB. Lower batch_size (%d) or max_length (%d), or store "
                    + "the weights in fewer bits: weights=bf16 or q8_0.").formatted(deviceBytes() >> 20,
                    weightBytes >> 20, trainedBytes >> 20, workspaceBytes >> 20, memory.capacity() >> 20,
                    recipe.batchSize(), recipe.maxLength()));
        }
    }

    /// @param heapBytes the most that the virtual machine may take
    boolean fits(long heapBytes) {
        return neededBytes() <= heapBytes;
    }

    /// @param heapBytes the most that the virtual machine may take
    /// @throws IllegalArgumentException if the run would not fit, with the numbers that can be changed
    public void requireFit(long heapBytes, Recipe recipe) {
        if (!fits(heapBytes)) {
            long needed = neededBytes();
            throw new IllegalArgumentException(("the run needs about %d MB (weights %d, trained parameters %d, a step "
                    + "%d), but Java may take %d MB. Lower batch_size (%d) or max_length (%d), or give Java more: "
                    + "MINARAI_JAVA_OPTS=-Xmx%dm").formatted(needed >> 20, weightBytes >> 20, trainedBytes >> 20,
                    workspaceBytes >> 20, heapBytes >> 20, recipe.batchSize(), recipe.maxLength(),
                    (needed >> 20) * 11 / 10));
        }
    }
}
