package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.*;

import java.util.ArrayDeque;
import java.util.Deque;
import minarai.engine.opencl.Answers.Command;
import org.lwjgl.system.MemoryStack;

/// Commands that nobody waited for, and whose end has not been seen. A driver may call a later wait a success though a
/// kernel before it failed (OpenCL 1.2, section 5.9: how a command ended is told by its event alone), so each is asked.
final class Pending implements AutoCloseable {

    /// So many at most; then the oldest is waited for, so that drivers need not remember more.
    private static final int MOST = 512;

    private final Session session;
    private final Deque<Launched> commands = new ArrayDeque<>();

    /// @param doing what was asked for, as the beginning of a sentence
    private record Launched(String doing, long event) {
    }

    Pending(Session session) {
        this.session = session;
    }

    /// @param doing what was asked for, as the beginning of a sentence
    void add(String doing, long event) {
        commands.add(new Launched(doing, event));
        if (commands.size() > MOST) {
            clWaitForEvents(commands.element().event);
            askOldest();
        }
    }

    /// Asks all of them; only when the queue has done them.
    ///
    /// @throws DeviceFailure if one failed, which is the loss of what the device holds
    void ask() {
        while (!commands.isEmpty()) {
            askOldest();
        }
    }

    private void askOldest() {
        Launched command = commands.remove();
        try (var stack = MemoryStack.stackPush()) {
            var status = stack.mallocInt(1);
            int code = clGetEventInfo(command.event, CL_EVENT_COMMAND_EXECUTION_STATUS, status, null);
            clReleaseEvent(command.event);
            session.hear(Command.END, code == CL_SUCCESS ? Math.min(CL_COMPLETE, status.get(0)) : code,
                    () -> command.doing + " on " + session.device());
        }
    }

    @Override
    public void close() {
        commands.forEach(command -> clReleaseEvent(command.event));
        commands.clear();
    }
}
