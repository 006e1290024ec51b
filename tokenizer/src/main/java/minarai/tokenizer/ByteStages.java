package minarai.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// The stages of [Decoder] that work on bytes.
final class ByteStages {

    private ByteStages() {
    }

    /// Pieces in [ByteAlphabet]; one that has other characters too stands for itself. Characters are passed on as soon
    /// as their bytes are complete, all as one piece; wrong bytes become U+FFFD.
    static final class Spelled implements Decoder.Stage {

        private final Decoder.Stage next;
        private final StringBuilder piece = new StringBuilder();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Spelled(Decoder.Stage next) {
            this.next = next;
        }

        @Override
        public void text(String part) {
            piece.append(part);
        }

        @Override
        public void endPiece() {
            boolean isSpelled = piece.chars().allMatch(c -> ByteAlphabet.byteOf((char) c) >= 0);
            if (isSpelled) {
                piece.chars().forEach(c -> bytes.write(ByteAlphabet.byteOf((char) c)));
            } else {
                bytes.writeBytes(piece.toString().getBytes(StandardCharsets.UTF_8));
            }
            piece.setLength(0);
            byte[] all = bytes.toByteArray();
            int complete = all.length - incompleteTail(all);
            next.text(new String(all, 0, complete, StandardCharsets.UTF_8));
            bytes.reset();
            bytes.write(all, complete, all.length - complete);
        }

        @Override
        public void end() {
            next.text(bytes.toString(StandardCharsets.UTF_8));
            bytes.reset();
            next.endPiece();
            next.end();
        }

        /// How many bytes at the end begin a character that further bytes may complete.
        private static int incompleteTail(byte[] all) {
            for (int length = 1; length <= Math.min(3, all.length); length++) {
                int b = all[all.length - length] & 0xFF;
                if (b >= 0xC2 && b <= 0xF4) {
                    int needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                    return length < needed && mayContinue(all, all.length - length) ? length : 0;
                }
                if (b < 0x80 || b > 0xBF) {
                    return 0;
                }
            }
            return 0;
        }
    }

    /// Pieces `<0xE3>`. A run of them is text if all of it is UTF-8, else a U+FFFD for each byte; so a run is certain
    /// only when it has ended.
    static final class Fallback implements Decoder.Stage {

        private final Decoder.Stage next;
        private final StringBuilder piece = new StringBuilder();
        private final ByteArrayOutputStream run = new ByteArrayOutputStream();

        Fallback(Decoder.Stage next) {
            this.next = next;
        }

        @Override
        public void text(String part) {
            piece.append(part);
        }

        @Override
        public void endPiece() {
            int b = byteOf(piece);
            if (b >= 0) {
                run.write(b);
            } else {
                endRun();
                next.text(piece.toString());
                next.endPiece();
            }
            piece.setLength(0);
        }

        @Override
        public void end() {
            endRun();
            next.end();
        }

        private void endRun() {
            if (run.size() == 0) {
                return;
            }
            String text;
            try {
                text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run.toByteArray())).toString();
            } catch (CharacterCodingException e) {
                text = "\uFFFD".repeat(run.size());
            }
            run.reset();
            next.text(text);
            next.endPiece();
        }

    }

    /// The byte of a piece `<0xE3>`, or -1.
    static int byteOf(CharSequence piece) {
        if (piece.length() != 6 || piece.charAt(0) != '<' || piece.charAt(1) != '0' || piece.charAt(2) != 'x'
                || piece.charAt(5) != '>') {
            return -1;
        }
        int high = Character.digit(piece.charAt(3), 16);
        int low = Character.digit(piece.charAt(4), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    /// Whether the second byte, if there, fits the first (no overlong forms, no surrogates, at most U+10FFFF).
    private static boolean mayContinue(byte[] all, int at) {
        if (at + 1 >= all.length) {
            return true;
        }
        int second = all[at + 1] & 0xFF;
        return switch (all[at] & 0xFF) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second <= 0x9F;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }

    /// How many bytes the character that begins at `at` has; 0 if the bytes there are no whole character.
    static int characterLength(byte[] all, int at) {
        int needed = needed(all[at] & 0xFF);
        if (needed == 0 || at + needed > all.length || !mayContinue(all, at)) {
            return 0;
        }
        return areContinuing(all, at + 1, at + needed) ? needed : 0;
    }

    /// Whether the bytes from `at` to the end begin a character that further bytes may complete.
    static boolean isBegun(byte[] all, int at) {
        return needed(all[at] & 0xFF) > all.length - at && mayContinue(all, at)
                && areContinuing(all, at + 1, all.length);
    }

    private static boolean areContinuing(byte[] all, int from, int to) {
        for (int i = from; i < to; i++) {
            if ((all[i] & 0xC0) != 0x80) {
                return false;
            }
        }
        return true;
    }

    private static int needed(int first) {
        if (first < 0x80) {
            return 1;
        }
        return first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    }
}
