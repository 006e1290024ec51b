package minarai.models.decoding;

import java.util.List;

/// What a value of JSON may be: a schema, made ready for writing byte by byte.
sealed interface Form {

    /// Bytes beyond which a shortest text is not told apart.
    long FAR = 1L << 40;

    /// The fewest bytes that a value has.
    long shortest();

    /// The place before a value.
    default Place start() {
        return new Place.Before(this);
    }

    /// @param properties in the order in which they are written
    /// @param tails      for each property, and for the end, the fewest bytes of the required ones from there on, each
    ///                   with the comma before it
    record Members(List<Property> properties, long[] tails) implements Form {

        static Members of(List<Property> properties) {
            long[] tails = new long[properties.size() + 1];
            for (int i = properties.size() - 1; i >= 0; i--) {
                long own = properties.get(i).isRequired() ? 1 + properties.get(i).shortest() : 0;
                tails[i] = Math.min(FAR, tails[i + 1] + own);
            }
            return new Members(List.copyOf(properties), tails);
        }

        @Override
        public long shortest() {
            return tails[0] == 0 ? 2 : 1 + tails[0];
        }

        /// One past the last property that may come next if all before `from` are done: no required one is left out.
        int nextEnd(int from) {
            int end = from;
            while (end < properties.size() && !properties.get(end).isRequired()) {
                end++;
            }
            return Math.min(end + 1, properties.size());
        }

        /// The fewest bytes from a property's value to the end of the object, without its key.
        long fromValue(int property) {
            return properties.get(property).value().shortest() + tails[property + 1] + 1;
        }
    }

    /// @param key the name in quotes and the colon
    record Property(byte[] key, Form value, boolean isRequired) {
        long shortest() {
            return Math.min(FAR, key.length + value.shortest());
        }
    }

    record Items(Form item, int least, int most) implements Form {
        @Override
        public long shortest() {
            return Math.min(FAR, least == 0 ? 2 : least * (item.shortest() + 1) + 1);
        }
    }

    /// @param least code points
    /// @param most  code points
    record Text(int least, int most) implements Form {
        @Override
        public long shortest() {
            return 2L + least;
        }
    }

    /// A number, or a whole one.
    record Figures(boolean isWhole) implements Form {
        @Override
        public long shortest() {
            return 1;
        }
    }

    /// One of several texts.
    record Literals(List<byte[]> texts) implements Form {
        @Override
        public long shortest() {
            return texts.stream().mapToInt(text -> text.length).min().orElseThrow();
        }
    }

    /// One of several, which begin differently.
    record Either(List<Form> forms) implements Form {
        @Override
        public long shortest() {
            return forms.stream().mapToLong(Form::shortest).min().orElseThrow();
        }
    }
}
