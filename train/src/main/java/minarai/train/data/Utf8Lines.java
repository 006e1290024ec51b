package minarai.train.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The lines of a file, decoded strictly as UTF-8, one at a time. A byte order mark at the start is left out.
final class Utf8Lines implements Closeable {

    private static final int FIRST_BYTES = 1 << 16;

    private final InputStream in;
    private final String file;
    private final int longestLine;
    private final byte[] buffer = new byte[FIRST_BYTES];
    private int position;
    private int limit;
    private byte[] line = new byte[1024];
    private int length;
    private int number;
    private long lineStart;
    private long consumed;
    private Optional<String> peeked = Optional.empty();

    /// @param file        as errors name it
    /// @param longestLine in bytes; a longer line is refused
    Utf8Lines(InputStream in, String file, int longestLine) {
        this.in = in;
        this.file = file;
        this.longestLine = longestLine;
    }

    /// The next line that is not blank, which the next call of [#next()] returns again.
    Optional<String> peek() {
        Optional<String> found = next();
        while (found.isPresent() && found.get().isBlank()) {
            found = next();
        }
        peeked = found;
        return found;
    }

    /// The next line without its line feed, or carriage return and line feed; empty at the end of the file.
    Optional<String> next() {
        if (peeked.isPresent()) {
            Optional<String> line = peeked;
            peeked = Optional.empty();
            return line;
        }
        if (!readLine()) {
            return Optional.empty();
        }
        return Optional.of(decode());
    }

    /// The number, from 1, of the line last returned.
    int number() {
        return number;
    }

    Place place() {
        return new Place(file, Math.max(1, number));
    }

    private boolean readLine() {
        length = 0;
        lineStart = consumed;
        while (position < limit || fill()) {
            if (length == 0 && lineStart == consumed) {
                number++;
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            append(position, end);
            boolean isWhole = end < limit;
            consumed += end - position + (isWhole ? 1 : 0);
            position = isWhole ? end + 1 : end;
            if (isWhole) {
                return true;
            }
        }
        return consumed > lineStart;
    }

    private boolean fill() {
        try {
            limit = Math.max(0, in.read(buffer));
            position = 0;
            return limit > 0;
        } catch (IOException failure) {
            throw new UncheckedIOException(place() + ": cannot read on", failure);
        }
    }

    private void append(int start, int end) {
        if ((long) length + end - start > longestLine) {
            throw place().problem(("the line is longer than %,d bytes. One line holds one pair; is this a file "
                    + "of pairs, ")
                    .formatted(longestLine) + "or an array on a single line that should be JSON lines (jq -c '.[]')?");
        }
        if (length + end - start > line.length) {
            line = Arrays.copyOf(line, (int) Math.min(longestLine, Math.max(2L * line.length, length + end - start)));
        }
        System.arraycopy(buffer, start, line, length, end - start);
        length += end - start;
    }

    private String decode() {
        int start = number == 1 ? afterMark() : 0;
        int end = length > start && line[length - 1] == '\r' ? length - 1 : length;
        for (int i = start; i < end; i++) {
            if (line[i] == 0) {
                throw place().problem("byte %d is zero, so the file is not text in UTF-8 but perhaps in UTF-16. "
                        .formatted(i + 1) + convert("UTF-16LE"));
            }
        }
        var bytes = ByteBuffer.wrap(line, start, end - start);
        var text = CharBuffer.allocate(end - start);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true);
        if (result.isError()) {
            throw notUtf8(bytes.position());
        }
        return text.flip().toString();
    }

    private int afterMark() {
        int first = length > 0 ? line[0] & 0xff : 0;
        int second = length > 1 ? line[1] & 0xff : 0;
        if (first == 0xff && second == 0xfe || first == 0xfe && second == 0xff) {
            throw place().problem("the file begins with the byte order mark of UTF-16 (bytes %02X %02X). %s"
                    .formatted(first, second, convert("UTF-16")));
        }
        boolean isMarked = first == 0xef && second == 0xbb && length > 2 && (line[2] & 0xff) == 0xbf;
        return isMarked ? 3 : 0;
    }

    private IllegalArgumentException notUtf8(int index) {
        return place().problem(("byte %d of the line (%d of the file) is %02X, which is not UTF-8 there; the "
                + "text looks like %s. %s")
                .formatted(index + 1, lineStart + index + 1, line[index] & 0xff, likelyCharset(),
                        convert(likelyCharset())));
    }

    /// A Japanese encoding if the line reads as one and then holds kana, else Latin-1, in iconv's names.
    private String likelyCharset() {
        if (readsAsJapanese("EUC-JP")) {
            return "EUC-JP";
        }
        return readsAsJapanese("windows-31j") ? "CP932" : "ISO-8859-1";
    }

    private boolean readsAsJapanese(String name) {
        if (!Charset.isSupported(name)) {
            return false;
        }
        try {
            return Charset.forName(name).newDecoder().decode(ByteBuffer.wrap(line, 0, length)).chars()
                    .anyMatch(c -> c >= '\u3041' && c <= '\u30fa');
        } catch (CharacterCodingException other) {
            return false;
        }
    }

    private String convert(String charset) {
        return "Convert it: iconv -f %s -t UTF-8 %s > converted".formatted(charset, file);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
