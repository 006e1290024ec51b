package minarai.models.decoding;

import java.util.List;
import java.util.function.Consumer;
import minarai.tokenizer.StreamingDecoder;

/// The text of one sequence as it is generated, up to the first stop string.
///
/// The text ends where the first stop string is complete, whatever the borders of tokens; of two that end there, at the
/// start of the longer. What may still become part of one is held back, so a listener never hears any of it.
public final class TextStream implements Guide {

    private final StreamingDecoder decoder;
    private final List<String> stops;
    private final Consumer<String> listener;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder said = new StringBuilder();
    private boolean isStopped;

    /// @param stops    strings that end the text and are not part of it
    /// @param listener hears the text as it becomes certain
    /// @throws IllegalArgumentException if a stop string is empty
    public TextStream(StreamingDecoder decoder, List<String> stops, Consumer<String> listener) {
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a stop string needs at least one character");
        }
        this.decoder = decoder;
        this.stops = List.copyOf(stops);
        this.listener = listener;
    }

    @Override
    public boolean isOpenAfter(int id) {
        take(decoder.add(id));
        return !isStopped;
    }

    /// Says what was held back, once the sequence has ended.
    ///
    /// @return the whole text
    public String finish() {
        if (!isStopped) {
            take(decoder.finish());
        }
        if (!isStopped) {
            say(held.length());
        }
        return said.toString();
    }

    private void take(String text) {
        for (int i = 0; i < text.length() && !isStopped; i++) {
            held.append(text.charAt(i));
            int complete = longestAtEnd();
            if (complete > 0) {
                isStopped = true;
                held.setLength(held.length() - complete);
                say(held.length());
            }
        }
        if (!isStopped) {
            say(certain());
        }
    }

    /// The length of the longest stop string that the held text ends with, or 0.
    private int longestAtEnd() {
        int longest = 0;
        for (String stop : stops) {
            int start = held.length() - stop.length();
            if (stop.length() > longest && start >= 0 && matches(stop, start)) {
                longest = stop.length();
            }
        }
        return longest;
    }

    /// How much of the held text cannot be the beginning of a stop string.
    private int certain() {
        for (int start = 0; start < held.length(); start++) {
            for (String stop : stops) {
                if (held.length() - start < stop.length() && matches(stop, start)) {
                    return start;
                }
            }
        }
        return held.length();
    }

    /// Whether a stop string, as far as the text goes, stands at `start`.
    private boolean matches(String stop, int start) {
        for (int i = 0; i < stop.length() && start + i < held.length(); i++) {
            if (stop.charAt(i) != held.charAt(start + i)) {
                return false;
            }
        }
        return true;
    }

    private void say(int length) {
        if (length > 0) {
            String text = held.substring(0, length);
            held.delete(0, length);
            said.append(text);
            listener.accept(text);
        }
    }
}
