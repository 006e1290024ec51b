package minarai.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// What must be undone to get gradients: operations note their backward step here as they run forward.
///
/// Only tensors that depend on a trained parameter are followed, so nothing is spent below the lowest adapter.
public final class Tape {

    private final boolean isRecording;
    private final List<Runnable> steps = new ArrayList<>();
    private final Map<Tensor, Tensor> gradients = new IdentityHashMap<>();
    private final Workspace workspace;

    private Tape(boolean isRecording, Workspace workspace) {
        this.isRecording = isRecording;
        this.workspace = workspace;
    }

    /// A tape that notes nothing: inference.
    public static Tape off() {
        return new Tape(false, Workspace.rehearsal());
    }

    /// A tape whose gradients lie in `workspace`.
    public static Tape recording(Workspace workspace) {
        return new Tape(true, workspace);
    }

    /// Whether gradients flow to this tensor.
    boolean follows(Tensor x) {
        return gradients.containsKey(x);
    }

    boolean isRecording() {
        return isRecording;
    }

    /// Follows `y` from here on and notes how its gradient goes on to what it was made from.
    void onBackward(Tensor y, Runnable step) {
        gradients.put(y, y);
        steps.add(step);
    }

    /// The gradient of a followed tensor, zeros at first.
    Tensor gradient(Tensor x) {
        Tensor gradient = gradients.get(x);
        if (gradient == null) {
            throw new IllegalStateException("no gradient flows to this tensor of " + x);
        }
        if (gradient == x) {
            gradient = workspace.zeros(x.rows(), x.columns());
            gradients.put(x, gradient);
        }
        return gradient;
    }

    /// Runs the noted steps, last first, and forgets them. Gradients of parameters have then been added to.
    public void backward() {
        for (int i = steps.size() - 1; i >= 0; i--) {
            steps.get(i).run();
        }
        steps.clear();
        gradients.clear();
    }
}
