package minarai.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What must be undone to get gradients: operations note their backward step here as they run forward.
///
/// Only tensors that depend on a trained parameter are followed, so nothing is spent below the lowest adapter. Going
/// back, a tensor and its gradient are given back to the workspace as soon as the operation that made the tensor has
/// been undone: gradients take the place of activations.
public final class Tape {

    private static final Gradient NONE = new Gradient(Tensor.zeros(0, 0));

    private final boolean isRecording;
    private final boolean isRecomputing;
    private final List<Step> steps = new ArrayList<>();
    private final Map<Tensor, Gradient> gradients = new IdentityHashMap<>();
    private final Map<Tensor, Consumer<Tensor>> remakes = new IdentityHashMap<>();
    private final Map<Tensor, Tensor> forgotten = new IdentityHashMap<>();
    private final Workspace workspace;
    private boolean hasMetTrained;

    /// @param isMaker whether the step undoes what made `y`, rather than what changed it in place later
    private record Step(Tensor y, boolean isMaker, Runnable backward) {
    }

    /// A gradient and how many tensors have it in common.
    private static final class Gradient {
        final Tensor tensor;
        int owners = 1;

        Gradient(Tensor tensor) {
            this.tensor = tensor;
        }
    }

    private Tape(boolean isRecording, boolean isRecomputing, Workspace workspace) {
        this.isRecording = isRecording;
        this.isRecomputing = isRecomputing;
        this.workspace = workspace;
    }

    /// A tape that notes nothing: inference.
    public static Tape off() {
        return new Tape(false, false, Workspace.rehearsal());
    }

    /// A tape whose gradients lie in `workspace`.
    public static Tape recording(Workspace workspace) {
        return new Tape(true, false, workspace);
    }

    /// A tape that keeps only what goes into each segment ([Ops#segment]) and computes the rest again on the way back:
    /// less memory for a third more work.
    ///
    /// @see <a href="https://arxiv.org/abs/1604.06174">Chen et al. 2016, section 3</a>
    public static Tape recomputing(Workspace workspace) {
        return new Tape(true, true, workspace);
    }

    /// Whether gradients flow to this tensor.
    boolean follows(Tensor x) {
        return gradients.containsKey(x);
    }

    /// Whether the gradient of a parameter that is met now is to be noted.
    boolean records(Parameter parameter) {
        hasMetTrained |= parameter.isTrained();
        return isRecording && parameter.isTrained();
    }

    /// Whether a trained parameter was met, recording or not.
    boolean hasMetTrained() {
        return hasMetTrained;
    }

    boolean isRecording() {
        return isRecording;
    }

    boolean isRecomputing() {
        return isRecomputing;
    }

    /// Follows `y` from here on and notes how its gradient goes on to what it was made from. A tensor that is followed
    /// already has been changed in place.
    void onBackward(Tensor y, Runnable step) {
        boolean isNew = gradients.putIfAbsent(y, NONE) == null;
        steps.add(new Step(y, isNew, step));
    }

    /// Notes where the backward pass starts; these losses stay as they are.
    void start(Tensor losses, Runnable step) {
        gradients.put(losses, NONE);
        steps.add(new Step(losses, false, step));
    }

    /// The gradient that came down to a followed tensor, to be read; zeros if none came.
    Tensor upstream(Tensor y) {
        return gradientOf(y) == NONE ? gradient(y) : gradientOf(y).tensor;
    }

    /// The gradient of a followed tensor, to be added to; zeros at first.
    Tensor gradient(Tensor x) {
        Gradient gradient = gradientOf(x);
        if (gradient == NONE) {
            gradient = new Gradient(workspace.zeros(x.rows(), x.columns()));
            gradients.put(x, gradient);
        } else if (gradient.owners > 1) {
            gradient.owners--;
            gradient = new Gradient(workspace.copy(gradient.tensor));
            gradients.put(x, gradient);
        }
        return gradient.tensor;
    }

    private Gradient gradientOf(Tensor x) {
        Gradient gradient = gradients.get(x);
        if (gradient == null) {
            throw new IllegalStateException("no gradient flows to this tensor of " + x);
        }
        return gradient;
    }

    /// Lets `x` have the gradient of `y`, without a copy until one of them is added to.
    ///
    /// @return whether it could; not if `x` has a gradient already
    boolean share(Tensor y, Tensor x) {
        if (gradientOf(x) != NONE) {
            return false;
        }
        upstream(y);
        Gradient gradient = gradientOf(y);
        gradient.owners++;
        gradients.put(x, gradient);
        return true;
    }

    /// Follows a tensor whose gradient lies on another tape: what a segment starts from.
    void adopt(Tensor x, Tensor gradient) {
        gradients.put(x, new Gradient(gradient));
    }

    /// Has the gradient of a followed tensor come down from another tape: what a segment ends in.
    void lend(Tensor y, Tensor gradient) {
        var lent = new Gradient(gradient);
        lent.owners++;
        if (gradients.replace(y, lent) == null) {
            throw new IllegalStateException("no gradient flows to this tensor of " + y);
        }
    }

    /// Notes how the numbers of `y` can be made again, so that they need not be kept.
    void canRemake(Tensor y, Consumer<Tensor> remake) {
        if (isRecording) {
            remakes.put(y, remake);
        }
    }

    /// Gives the memory of `y` back; [#value] makes its numbers again where they are needed.
    void forget(Tensor y) {
        if (remakes.containsKey(y)) {
            workspace.release(y);
            forgotten.put(y, NONE.tensor);
        }
    }

    /// A tensor with the numbers of `x`, made again if they were forgotten.
    Tensor value(Tensor x) {
        Tensor made = forgotten.get(x);
        if (made == NONE.tensor) {
            made = workspace.tensor(x.rows(), x.columns());
            remakes.get(x).accept(made);
            forgotten.put(x, made);
        }
        return made == null ? x : made;
    }

    /// Runs the noted steps, last first, and forgets them. Gradients of parameters have then been added to.
    public void backward() {
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            step.backward.run();
            if (step.isMaker) {
                release(step.y);
            }
        }
        steps.clear();
        gradients.clear();
        remakes.clear();
        forgotten.clear();
    }

    private void release(Tensor y) {
        Gradient gradient = gradientOf(y);
        if (gradient != NONE && --gradient.owners == 0) {
            workspace.release(gradient.tensor);
        }
        gradients.remove(y);
        Tensor made = forgotten.getOrDefault(y, y);
        if (made != NONE.tensor) {
            workspace.release(made);
        }
    }
}
