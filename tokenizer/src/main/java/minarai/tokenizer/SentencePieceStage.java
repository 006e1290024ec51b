package minarai.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The stage of [Decoder.SentencePiece]. Of bytes, each character is passed on with its last one; each byte that is
/// part of none becomes U+FFFD.
///
/// @see <a href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_processor.cc">Decode</a>
final class SentencePieceStage implements Decoder.Stage {

    private static final String SPACE = String.valueOf(SentencePieceNormalizer.SPACE);

    private final Decoder.SentencePiece decoder;
    private final Decoder.Stage next;
    private final StringBuilder piece = new StringBuilder();
    private byte[] held = {};
    private boolean isEmpty = true;
    private boolean isAtFront = true;

    SentencePieceStage(Decoder.SentencePiece decoder, Decoder.Stage next) {
        this.decoder = decoder;
        this.next = next;
    }

    @Override
    public void text(String part) {
        piece.append(part);
    }

    @Override
    public void endPiece() {
        int b = decoder.hasBytes() ? ByteStages.byteOf(piece) : -1;
        String spelled = piece.toString();
        piece.setLength(0);
        if (b >= 0) {
            addByte((byte) b);
            return;
        }
        sendHeld();
        isAtFront &= isEmpty;
        if (spelled.equals(decoder.unknown())) {
            send(decoder.unknownSurface());
            return;
        }
        boolean isDropped = isAtFront && decoder.dropsFirst() && spelled.startsWith(SPACE);
        send((isDropped ? spelled.substring(1) : spelled).replace(SPACE, " "));
        isAtFront &= !isDropped || decoder.dropsAllFirst();
    }

    @Override
    public void end() {
        sendHeld();
        next.endPiece();
        next.end();
    }

    private void addByte(byte b) {
        byte[] all = Arrays.copyOf(held, held.length + 1);
        all[held.length] = b;
        int done = 0;
        while (done < all.length) {
            int length = ByteStages.characterLength(all, done);
            if (length == 0 && ByteStages.isBegun(all, done)) {
                break;
            }
            send(length == 0 ? "\uFFFD" : new String(all, done, length, StandardCharsets.UTF_8));
            done += Math.max(length, 1);
        }
        held = Arrays.copyOfRange(all, done, all.length);
    }

    private void sendHeld() {
        send("\uFFFD".repeat(held.length));
        held = new byte[0];
    }

    private void send(String text) {
        isEmpty &= text.isEmpty();
        next.text(text);
    }
}
