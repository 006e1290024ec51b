package minarai.models.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A value of a GGUF file's metadata, with the type that it is stored in.
///
/// @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
public sealed interface GgufValue {

    /// The types of values, by their number in files.
    enum Type {
        UINT8(0, 1), INT8(1, 1), UINT16(2, 2), INT16(3, 2), UINT32(4, 4), INT32(5, 4), FLOAT32(6, 4), BOOL(7, 1),
        STRING(8, 8), ARRAY(9, 12), UINT64(10, 8), INT64(11, 8), FLOAT64(12, 8);

        private final int number;
        private final int leastBytes;

        Type(int number, int leastBytes) {
            this.number = number;
            this.leastBytes = leastBytes;
        }

        int number() {
            return number;
        }

        /// The bytes that the smallest value of the type takes.
        int leastBytes() {
            return leastBytes;
        }

        static Optional<Type> of(int number) {
            return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
        }
    }

    Type type();

    /// An integer; of a UINT64 the bits.
    record Whole(Type type, long value) implements GgufValue {
    }

    record Real(Type type, double value) implements GgufValue {
    }

    record Flag(boolean value) implements GgufValue {
        @Override
        public Type type() {
            return Type.BOOL;
        }
    }

    record Text(String value) implements GgufValue {
        @Override
        public Type type() {
            return Type.STRING;
        }
    }

    /// Values of one type.
    record Items(Type of, List<GgufValue> values) implements GgufValue {

        public Items {
            values = List.copyOf(values);
        }

        @Override
        public Type type() {
            return Type.ARRAY;
        }
    }

    static GgufValue of(String text) {
        return new Text(text);
    }

    /// A number that is never negative, as UINT32.
    static GgufValue of(int number) {
        return new Whole(Type.UINT32, number);
    }

    static GgufValue of(boolean isSo) {
        return new Flag(isSo);
    }

    /// A number as FLOAT32.
    static GgufValue of(double number) {
        return new Real(Type.FLOAT32, (float) number);
    }

    static GgufValue ofTexts(List<String> texts) {
        return new Items(Type.STRING, texts.stream().map(GgufValue::of).toList());
    }

    static GgufValue ofIntegers(List<Integer> numbers) {
        return new Items(Type.INT32, numbers.stream().<GgufValue>map(each -> new Whole(Type.INT32, each)).toList());
    }

    static GgufValue ofNumbers(List<Float> numbers) {
        return new Items(Type.FLOAT32, numbers.stream().<GgufValue>map(each -> new Real(Type.FLOAT32, each)).toList());
    }
}
