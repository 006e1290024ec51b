package minarai.engine;

/// [Panels] as they lie in memory, for kernels elsewhere: what is at which place is said by [FloatPanels] and
/// [CodedPanels].
///
/// @param floats f32 numbers, empty for other storages
/// @param words  codes, empty for f32
/// @param scales two f16 numbers each, empty for storages without
/// @param start  where the first panel begins, in floats or words
public record PanelWords(float[] floats, int[] words, int[] scales, int start) {

    /// Those of some panels, shared, not copied.
    public static PanelWords of(Panels panels) {
        return switch (panels) {
            case FloatPanels floats -> new PanelWords(floats.data(), new int[0], new int[0], floats.start(0));
            case CodedPanels coded -> new PanelWords(new float[0], coded.words(), coded.scales(), coded.start(0));
        };
    }
}
