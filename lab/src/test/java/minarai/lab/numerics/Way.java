package minarai.lab.numerics;

import minarai.engine.Kernels;

/// How a run is computed, none of which may change a bit of it.
///
/// @param kernels       that compute
/// @param perBatch      samples that go through the model together
/// @param isRecomputing whether activations are computed again
/// @param isPlanned     whether the memory is planned by a rehearsal
/// @param isExpanded    whether stored weights of 16 bits lie in memory as f32
record Way(Kernels kernels, int perBatch, boolean isRecomputing, boolean isPlanned, boolean isExpanded) {

    static Way of(Kernels kernels) {
        return new Way(kernels, Run.SAMPLES, false, false, false);
    }

    Way dealt(int perBatch) {
        return new Way(kernels, perBatch, isRecomputing, isPlanned, isExpanded);
    }

    Way recomputing() {
        return new Way(kernels, perBatch, true, isPlanned, isExpanded);
    }

    Way planned() {
        return new Way(kernels, perBatch, isRecomputing, true, isExpanded);
    }

    Way expanded() {
        return new Way(kernels, perBatch, isRecomputing, isPlanned, true);
    }

    @Override
    public String toString() {
        return "%s, %d a batch%s%s%s".formatted(kernels.getClass().getSimpleName(), perBatch,
                isRecomputing ? ", recomputing" : "", isPlanned ? ", planned" : "", isExpanded ? ", expanded" : "");
    }
}
