package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TapeTest {

    @Test
    void stepsRunOnceAndLastFirst() {
        var tape = Tape.recording(Workspace.growing());
        var order = new ArrayList<Integer>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            tape.onBackward(Tensor.zeros(1, 1), () -> order.add(number));
        }
        tape.backward();
        tape.backward();
        assertEquals(List.of(3, 2, 1, 0), order);
    }

    @Test
    void aGradientStartsAtZeroAndIsOneTensor() {
        var workspace = Workspace.growing();
        workspace.tensor(1, 64).fill(5);
        var tape = Tape.recording(workspace.reset());
        Tensor x = Tensor.zeros(3, 4);
        tape.onBackward(x, () -> { });
        Tensor gradient = tape.gradient(x);
        assertEquals("3 x 4", gradient.toString());
        assertEquals(0, gradient.at(2, 3));
        assertSame(gradient, tape.gradient(x));
    }

    @Test
    void tensorsAreFollowedByIdentityNotByContent() {
        var tape = Tape.recording(Workspace.growing());
        float[] shared = new float[4];
        Tensor x = Tensor.of(2, 2, shared);
        Tensor twin = Tensor.of(2, 2, shared);
        tape.onBackward(x, () -> { });
        assertTrue(tape.follows(x));
        assertFalse(tape.follows(twin));
        assertThrows(IllegalStateException.class, () -> tape.gradient(twin));
    }

    @Test
    void afterTheBackwardPassNothingIsFollowed() {
        var tape = Tape.recording(Workspace.growing());
        Tensor x = Tensor.zeros(1, 1);
        tape.onBackward(x, () -> { });
        tape.backward();
        assertFalse(tape.follows(x));
        assertTrue(tape.isRecording());
        assertFalse(Tape.off().isRecording());
    }
}
