package minarai.models.decoding;

import java.util.Optional;
import minarai.models.decoding.InFigures.Part;

/// In a number.
///
/// @param isWhole whether it has neither point nor exponent
/// @param digits  of the part at hand
record InFigures(boolean isWhole, Part part, int digits) implements Place {

    /// A whole number of as many digits is exact as a double.
    private static final int MOST_DIGITS = 15;
    private static final int MOST_EXPONENT_DIGITS = 2;

    /// How far it has come.
    enum Part { NOTHING, MINUS, ZERO, WHOLE, POINT, FRACTION, E, SIGN, EXPONENT }

    @Override
    public Optional<Step> after(byte next) {
        boolean isDigit = next >= '0' && next <= '9';
        return switch (part) {
            case NOTHING -> next == '-' ? to(Part.MINUS) : first(next);
            case MINUS -> first(next);
            case ZERO -> pointOrExponent(next);
            case WHOLE -> isDigit ? more(MOST_DIGITS) : pointOrExponent(next);
            case POINT -> isDigit ? to(Part.FRACTION) : Step.none();
            case FRACTION -> isDigit ? more(MOST_DIGITS) : exponent(next);
            case E -> next == '-' || next == '+' ? to(Part.SIGN) : isDigit ? to(Part.EXPONENT) : Step.none();
            case SIGN -> isDigit ? to(Part.EXPONENT) : Step.none();
            case EXPONENT -> isDigit ? more(MOST_EXPONENT_DIGITS) : Step.none();
        };
    }

    private Optional<Step> first(byte next) {
        return next == '0' ? to(Part.ZERO) : next >= '1' && next <= '9' ? to(Part.WHOLE) : Step.none();
    }

    private Optional<Step> pointOrExponent(byte next) {
        return isWhole ? Step.none() : next == '.' ? to(Part.POINT) : exponent(next);
    }

    private Optional<Step> exponent(byte next) {
        return next == 'e' || next == 'E' ? to(Part.E) : Step.none();
    }

    private Optional<Step> to(Part reached) {
        return Step.to(new InFigures(isWhole, reached, 1));
    }

    private Optional<Step> more(int most) {
        return digits < most ? Step.to(new InFigures(isWhole, part, digits + 1)) : Step.none();
    }

    @Override
    public long closing() {
        return switch (part) {
            case ZERO, WHOLE, FRACTION, EXPONENT -> 0;
            case NOTHING, MINUS, POINT, E, SIGN -> 1;
        };
    }
}
