package minarai.tokenizer;

import java.util.function.UnaryOperator;

/// The stages of [Decoder] that work on characters.
final class DecoderStages {

    /// No stage makes a piece longer than this unless it was.
    private static final int LONGEST_MADE = 4 * Vocabulary.LONGEST_PIECE;

    private DecoderStages() {
    }

    /// Refuses to make a piece too long: stages that lengthen what others have made would fill any memory.
    static void checkGrowth(int before, long after) {
        if (after > Math.max(before, LONGEST_MADE)) {
            throw new IllegalArgumentException(("decoding makes %d characters of a piece of %d; at most %d are made. "
                    + "Does a step of the decoder replace what another wrote?").formatted(after, before,
                    LONGEST_MADE));
        }
    }

    private static String checked(String before, String after) {
        checkGrowth(before.length(), after.length());
        return after;
    }

    /// Collects the text at the end of a chain.
    static final class Collector implements Decoder.Stage {

        private final StringBuilder collected = new StringBuilder();

        @Override
        public void text(String part) {
            collected.append(part);
        }

        @Override
        public void endPiece() {
        }

        @Override
        public void end() {
        }

        /// What came since the last call.
        String take() {
            String taken = collected.toString();
            collected.setLength(0);
            return taken;
        }
    }

    /// Rewrites parts, character by character.
    record PerPart(UnaryOperator<String> rewrite, Decoder.Stage next) implements Decoder.Stage {
        @Override
        public void text(String part) {
            next.text(checked(part, rewrite.apply(part)));
        }

        @Override
        public void endPiece() {
            next.endPiece();
        }

        @Override
        public void end() {
            next.end();
        }
    }

    /// Rewrites a piece by its index.
    interface PieceRewrite {
        String apply(String piece, long index);
    }

    /// Rewrites whole pieces.
    static final class PerPiece implements Decoder.Stage {

        private final PieceRewrite rewrite;
        private final Decoder.Stage next;
        private final StringBuilder piece = new StringBuilder();
        private long index;

        PerPiece(PieceRewrite rewrite, Decoder.Stage next) {
            this.rewrite = rewrite;
            this.next = next;
        }

        @Override
        public void text(String part) {
            piece.append(part);
        }

        @Override
        public void endPiece() {
            String whole = piece.toString();
            piece.setLength(0);
            next.text(checked(whole, rewrite.apply(whole, index++)));
            next.endPiece();
        }

        @Override
        public void end() {
            next.end();
        }
    }

    /// Makes one piece of all.
    record Fused(Decoder.Stage next) implements Decoder.Stage {
        @Override
        public void text(String part) {
            next.text(part);
        }

        @Override
        public void endPiece() {
        }

        @Override
        public void end() {
            next.endPiece();
            next.end();
        }
    }

    /// Strips both ends of pieces, holding back only what may still turn out to be the end.
    static final class Stripped implements Decoder.Stage {

        private final Decoder.Strip strip;
        private final Decoder.Stage next;
        private final StringBuilder held = new StringBuilder();
        private int startsLeft;

        Stripped(Decoder.Strip strip, Decoder.Stage next) {
            this.strip = strip;
            this.next = next;
            startsLeft = strip.start();
        }

        @Override
        public void text(String part) {
            int from = 0;
            while (from < part.length() && startsLeft > 0) {
                boolean isStripped = part.charAt(from) == strip.content();
                startsLeft = isStripped ? startsLeft - 1 : 0;
                from += isStripped ? 1 : 0;
            }
            held.append(part, from, part.length());
            int certain = held.length();
            while (certain > 0 && held.length() - certain < strip.stop()
                    && held.charAt(certain - 1) == strip.content()) {
                certain--;
            }
            next.text(held.substring(0, certain));
            held.delete(0, certain);
        }

        @Override
        public void endPiece() {
            held.setLength(0);
            startsLeft = strip.start();
            next.endPiece();
        }

        @Override
        public void end() {
            next.end();
        }
    }

    /// Puts a blank in the place of a suffix once another piece follows.
    static final class Suffixed implements Decoder.Stage {

        private final String suffix;
        private final Decoder.Stage next;
        private final StringBuilder piece = new StringBuilder();
        private String held = "";
        private boolean hasHeld;

        Suffixed(String suffix, Decoder.Stage next) {
            this.suffix = suffix;
            this.next = next;
        }

        @Override
        public void text(String part) {
            piece.append(part);
        }

        @Override
        public void endPiece() {
            if (hasHeld) {
                send(" ");
            }
            held = piece.toString();
            hasHeld = true;
            piece.setLength(0);
        }

        @Override
        public void end() {
            if (hasHeld) {
                send("");
            }
            next.end();
        }

        private void send(String replacement) {
            next.text(suffix.isEmpty() ? held : held.replace(suffix, replacement));
            next.endPiece();
        }
    }

    /// Leaves repeated pieces out.
    static final class Deduplicated implements Decoder.Stage {

        private final Decoder.Ctc ctc;
        private final Decoder.Stage next;
        private final StringBuilder piece = new StringBuilder();
        private String last = "";
        private boolean hasLast;

        Deduplicated(Decoder.Ctc ctc, Decoder.Stage next) {
            this.ctc = ctc;
            this.next = next;
        }

        @Override
        public void text(String part) {
            piece.append(part);
        }

        @Override
        public void endPiece() {
            String spelled = piece.toString();
            piece.setLength(0);
            if (hasLast && spelled.equals(last)) {
                return;
            }
            last = spelled;
            hasLast = true;
            String kept = checked(spelled, ctc.spelled(spelled));
            if (!kept.isEmpty()) {
                next.text(kept);
                next.endPiece();
            }
        }

        @Override
        public void end() {
            next.end();
        }
    }
}
