package minarai.models.decoding;

import java.util.Optional;

/// In a string. Characters of control are not written, others as they are, in UTF-8; an escape has one letter.
///
/// @param count   code points so far, counted only where their number matters
/// @param pending bytes that the character at hand still needs
/// @param lowest  the least of the next of them
/// @param highest the greatest of the next of them
/// @param isEscape whether a backslash came
record InText(Form.Text form, int count, int pending, int lowest, int highest, boolean isEscape) implements Place {

    private static final String ESCAPES = "\"\\/bfnrt";
    private static final int CONTINUING = 0x80;
    private static final int LAST_CONTINUING = 0xBF;

    static InText opening(Form.Text form) {
        return new InText(form, 0, 0, 0, 0, false);
    }

    @Override
    public Optional<Step> after(byte next) {
        int value = next & 0xFF;
        if (pending > 0) {
            return value >= lowest && value <= highest ? Step.to(pending(pending - 1)) : Step.none();
        }
        if (isEscape) {
            return ESCAPES.indexOf(value) >= 0 ? Step.to(new InText(form, count, 0, 0, 0, false)) : Step.none();
        }
        if (value == '"') {
            return count >= form.least() ? Step.end() : Step.none();
        }
        if (count >= form.most() || value < ' ') {
            return Step.none();
        }
        int counted = isCounted() ? count + 1 : 0;
        if (value == '\\') {
            return Step.to(new InText(form, counted, 0, 0, 0, true));
        }
        if (value < CONTINUING) {
            return Step.to(isCounted() ? new InText(form, counted, 0, 0, 0, false) : this);
        }
        return character(value, counted);
    }

    private Optional<Step> character(int first, int counted) {
        if (first < 0xC2 || first > 0xF4) {
            return Step.none();
        }
        int more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
        int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : CONTINUING;
        int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : LAST_CONTINUING;
        return Step.to(new InText(form, counted, more, least, most, false));
    }

    private InText pending(int left) {
        return new InText(form, count, left, CONTINUING, LAST_CONTINUING, false);
    }

    private boolean isCounted() {
        return form.least() > 0 || form.most() < Integer.MAX_VALUE;
    }

    /// Whether any plain character leads back to this place.
    boolean isFree() {
        return pending == 0 && !isEscape && !isCounted();
    }

    @Override
    public long closing() {
        return pending + (isEscape ? 1 : 0) + Math.max(0, form.least() - count) + 1L;
    }
}
