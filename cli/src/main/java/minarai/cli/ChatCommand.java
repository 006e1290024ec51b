package minarai.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `minarai chat`: a talk with a model, line by line.
@Command(name = "chat", description = "Talks with a model.",
        footer = {"", "Within the talk, /reset forgets what was said, /quit ends it, Ctrl-C stops an answer.", "",
            "Example:", "  minarai chat -m models/base -a runs/first"})
final class ChatCommand implements Callable<Integer> {

    private static final String RESET = "/reset";
    private static final String QUIT = "/quit";
    private static final String PROMPT = "> ";

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    ChatCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (var computing = backend.open(console); var opened = model.open()) {
            var source = opened.requireSource();
            source.requireTemplate();
            var inference = model.inference(opened, computing.kernels(), source.config().maxPositions());
            var conversation = new Conversation(source, new Answering(inference, opened, sampling, source.ends()));
            var terminal = System.console();
            if (!common.isJson && terminal != null && terminal.isTerminal()) {
                talk(conversation);
            } else {
                answerLines(conversation);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("talking at the terminal", failure);
        }
        return 0;
    }

    /// Lines from a file or a pipe, each a question.
    private void answerLines(Conversation conversation) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null && !line.strip().equals(QUIT); line = lines.readLine()) {
            if (line.strip().equals(RESET)) {
                conversation.reset();
            } else if (!line.isBlank()) {
                answer(conversation, line);
            }
        }
    }

    private void answer(Conversation conversation, String question) {
        var answer = conversation.ask(question, text -> show(text, common.isJson));
        if (!common.isJson) {
            console.out().println();
            return;
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("text", answer.text());
        fields.put("ids", answer.ids());
        fields.put("finish_reason", answer.isEnded() ? "stop" : "length");
        console.json(fields);
    }

    private void show(String text, boolean isHidden) {
        if (!isHidden) {
            console.out().print(text);
            console.out().flush();
        }
    }

    private void talk(Conversation conversation) throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader = LineReaderBuilder.builder().terminal(terminal).appName("minarai").build();
            console.remark("%s. /reset forgets what was said, /quit ends, Ctrl-C stops an answer.", model.name());
            boolean isOver = false;
            while (!isOver) {
                isOver = turn(conversation, reader, terminal);
            }
        }
    }

    /// One question and its answer; tells whether the talk is over.
    private boolean turn(Conversation conversation, LineReader reader, Terminal terminal) {
        try {
            String line = reader.readLine(PROMPT);
            switch (line.strip()) {
                case QUIT -> {
                    return true;
                }
                case RESET -> conversation.reset();
                case "" -> { }
                default -> stream(conversation, line, terminal);
            }
        } catch (UserInterruptException noQuestion) {
            return false;
        } catch (EndOfFileException end) {
            return true;
        }
        return false;
    }

    private void stream(Conversation conversation, String question, Terminal terminal) {
        var isStopped = new AtomicBoolean();
        var before = terminal.handle(Terminal.Signal.INT, signal -> isStopped.set(true));
        try {
            var answer = conversation.ask(question, text -> {
                if (isStopped.get()) {
                    throw new Interruption.StoppedException("stopped");
                }
                terminal.writer().print(text);
                terminal.flush();
            });
            terminal.writer().println(answer.isEnded() ? "" : " … (--max-tokens)");
        } catch (Interruption.StoppedException stopped) {
            terminal.writer().println(" …");
        } catch (IllegalArgumentException tooLong) {
            terminal.writer().println(tooLong.getMessage() + " " + RESET + " forgets what was said.");
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
            terminal.flush();
        }
    }
}
