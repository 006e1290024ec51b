package minarai.tokenizer.chat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.jinja.Mapping;
import minarai.tokenizer.jinja.Syntax;
import minarai.tokenizer.jinja.Template;
import minarai.tokenizer.jinja.Text;
import minarai.tokenizer.jinja.Value;

/// How a model is spoken to: conversations to the text, the ids and the loss mask that it was, or will be, trained
/// with.
///
/// What a rendering promises is in the documentation of this package.
public final class ChatTemplate {
    /// The templates that [#named] knows.
    public static final List<String> NAMES = List.of("chatml", "alpaca", "llama3", "plain");

    private static final Pattern PLAIN_ROLE = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final LocalDateTime NO_CLOCK = LocalDateTime.of(2000, 1, 1, 0, 0);

    private final String source;
    private final Template template;
    private final String bos;
    private final String eos;
    private final LocalDateTime clock;
    private final Map<String, Value> variables;
    private final boolean splits;
    private final Set<Misfit.Kind> tolerated;

    private ChatTemplate(String source, Template template, String bos, String eos, LocalDateTime clock,
            Map<String, Value> variables, boolean splits, Set<Misfit.Kind> tolerated) {
        this.tolerated = Set.copyOf(tolerated);
        this.splits = splits;
        this.source = source;
        this.template = template;
        this.bos = bos;
        this.eos = eos;
        this.clock = clock;
        this.variables = Map.copyOf(variables);
    }

    /// @param source Jinja
    /// @param bos    the beginning-of-text token as the template writes it, empty if there is none
    /// @param eos    the end-of-text token, empty if there is none
    /// @param clock  the time that `strftime_now` tells; pinned, so that the same text comes out on any day
    /// @throws IllegalArgumentException if the source is not a template, with line and column
    public ChatTemplate(String source, String bos, String eos, LocalDateTime clock) {
        this(source, Template.parse(source, Syntax.CHAT), bos, eos, clock, Map.of(), false, Set.of());
    }

    /// One of our own templates; none of them tells the time. With them an answer begins a token of its own, in
    /// training as in serving, so that they fit vocabularies whose tokens span words and lines.
    ///
    /// @param name one of [#NAMES]
    public static ChatTemplate named(String name, String bos, String eos) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("there is no chat template '" + name + "'; the names are "
                    + String.join(", ", NAMES));
        }
        try (InputStream resource = ChatTemplate.class.getResourceAsStream(name + ".jinja")) {
            if (resource == null) {
                throw new IllegalStateException("the resource " + name + ".jinja is missing");
            }
            String source = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
            return new ChatTemplate(source, Template.parse(source, Syntax.CHAT), bos, eos, NO_CLOCK, Map.of(), true,
                    Set.of());
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the chat template " + name, failure);
        }
    }

    /// The template of a Hugging Face model folder: `chat_template.jinja`, else `chat_template` in
    /// `tokenizer_config.json`, with the tokens named there. Empty if the folder has none.
    ///
    /// @throws IllegalArgumentException if there is one that cannot be read
    public static Optional<ChatTemplate> in(Path folder, LocalDateTime clock) {
        return TemplateFolder.read(folder)
                .map(found -> new ChatTemplate(found.source(), found.bos(), found.eos(), clock));
    }

    /// The same template with one more variable, e.g. `tools` or `enable_thinking`.
    public ChatTemplate with(String name, Value value) {
        var more = new HashMap<>(variables);
        more.put(name, value);
        return new ChatTemplate(source, template, bos, eos, clock, more, splits, tolerated);
    }

    /// The same template, whose renderings for serving and for training are given in spite of some misfits.
    public ChatTemplate tolerating(Set<Misfit.Kind> kinds) {
        return new ChatTemplate(source, template, bos, eos, clock, variables, splits, kinds);
    }

    private void refuse(Misfit misfit) {
        if (!tolerated.contains(misfit.kind())) {
            throw new IllegalArgumentException(misfit.reason());
        }
    }

    public String source() {
        return source;
    }

    public String bos() {
        return bos;
    }

    public String eos() {
        return eos;
    }

    /// The rendered text, exactly as the template writes it.
    ///
    /// @param addGenerationPrompt whether it ends where the model's next answer begins
    /// @throws IllegalArgumentException if the template refuses the conversation
    public String text(List<Message> messages, boolean addGenerationPrompt) {
        return render(messages, addGenerationPrompt).characters();
    }

    /// The conversation as the model sees it: to be continued if `addGenerationPrompt`, otherwise to be trained on.
    ///
    /// A prompt has no targets. For training, every answer of the assistant is one; where the template puts no end
    /// token after the last answer, the text stops at the answer's end and [#eos()] closes it.
    ///
    /// @throws IllegalArgumentException if the template refuses the conversation, drops a message, or would train what
    ///         is not served
    public Rendering render(Tokenizer tokenizer, List<Message> messages, boolean addGenerationPrompt) {
        if (!addGenerationPrompt) {
            return render(tokenizer, messages, this::refuse);
        }
        Text text = render(messages, true);
        checkNothingLost(messages, text);
        Tokenized prompt = tokenized(tokenizer, text);
        return rendering(tokenizer, prompt, new boolean[prompt.length()], messages.size(), this::refuse);
    }

    /// The conversation to be trained on, even where it is not what serving would give: the misfits say how. Where the
    /// prompt is not the beginning of what is trained, the answer's words and the end token are the targets.
    ///
    /// @param misfits takes what is wrong, in the order of the messages
    /// @throws IllegalArgumentException if the template refuses the conversation or drops a message
    public Rendering render(Tokenizer tokenizer, List<Message> messages, Consumer<Misfit> misfits) {
        return new Answers(this, tokenizer, messages, misfits).rendering();
    }

    /// The special token that ends an answer, at which generation stops; empty if none does. An ordinary token is none,
    /// for it ends no answer that it may also stand in.
    public OptionalInt findEndToken(Tokenizer tokenizer) {
        var kinds = EnumSet.noneOf(Misfit.Kind.class);
        Rendering example = render(tokenizer, List.of(Message.user("a"), Message.assistant("b")),
                misfit -> kinds.add(misfit.kind()));
        if (kinds.contains(Misfit.Kind.NO_END)) {
            return OptionalInt.empty();
        }
        return IntStream.range(0, example.ids().length)
                .filter(i -> example.mask()[i] && tokenizer.isSpecial(example.ids()[i]))
                .reduce((first, second) -> second).stream().map(last -> example.ids()[last]).findFirst();
    }

    /// Renders with each message's content as the source of its index plus one.
    Text render(List<Message> messages, boolean addGenerationPrompt) {
        var values = new ArrayList<Value>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            Text role = PLAIN_ROLE.matcher(message.role()).matches() ? Text.trusted(message.role())
                    : Text.from(messages.size() + 1, message.role());
            values.add(Mapping.of(Map.of("role", role, "content", Text.from(i + 1, message.content()))));
        }
        var all = new HashMap<String, Value>();
        all.put("tools", Value.none());
        all.put("documents", Value.none());
        if (!bos.isEmpty()) {
            all.put("bos_token", Text.trusted(bos));
        }
        if (!eos.isEmpty()) {
            all.put("eos_token", Text.trusted(eos));
        }
        all.putAll(variables);
        all.put("messages", Value.list(values));
        all.put("add_generation_prompt", Value.of(addGenerationPrompt));
        return template.render(all, clock);
    }

    Tokenized tokenized(Tokenizer tokenizer, Text text) {
        return Tokenized.of(tokenizer, text, splits);
    }

    /// Refuses a rendering without a trace of some message's words.
    void checkNothingLost(List<Message> messages, Text text) {
        for (int i = 0; i < messages.size(); i++) {
            int source = i + 1;
            boolean isThere = text.runs().stream().anyMatch(run -> run.source() == source);
            if (!isThere && !messages.get(i).content().isBlank()) {
                throw new IllegalArgumentException("chat template: the words of message " + source + " of "
                        + messages.size() + " (" + messages.get(i).role() + ") appear nowhere in the rendering. Does "
                        + "the template know this role at this place?");
            }
        }
    }

    /// Checks the beginning and says which id carries whose words.
    Rendering rendering(Tokenizer tokenizer, Tokenized tokenized, boolean[] mask, int messageCount,
            Consumer<Misfit> misfits) {
        int[] ids = tokenized.ids();
        OptionalInt bosId = bos.isEmpty() ? OptionalInt.empty() : tokenizer.idOf(bos);
        if (bosId.isPresent() && ids.length > 1 && ids[0] == bosId.getAsInt() && ids[1] == ids[0]) {
            misfits.accept(new Misfit(Misfit.Kind.DOUBLE_START, "chat template: the text begins with '" + bos
                    + "' twice. Does the template write the beginning-of-text token itself and again in a variable?"));
        }
        int[] sources = tokenized.sources();
        for (int i = 0; i < sources.length; i++) {
            sources[i] = sources[i] > messageCount ? -1 : sources[i] - 1;
        }
        return new Rendering(tokenized.text().characters(), ids, mask, sources);
    }
}
