package minarai.models.decoding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A place within one value of JSON: where the bytes so far have led.
///
/// [#closing()] is the fewest bytes that end the value from here. There is always one next byte that leads to a place
/// that is one nearer to the end, so a value can be closed in as many single bytes.
sealed interface Place permits InFigures, InText, Place.AfterBlank, Place.AfterKey, Place.Before, Place.InItems,
        Place.InKey, Place.InLiteral, Place.InMembers {

    /// Where a byte leads; empty where it may not come. A value that is complete as it is ([#closing()] is 0) may be
    /// followed by a byte that belongs to what is around it.
    Optional<Step> after(byte next);

    /// The fewest bytes to the end of this value.
    long closing();

    /// Where a byte leads.
    sealed interface Step {

        /// On within the value.
        record To(Place place) implements Step {
        }

        /// The value has ended with this byte.
        record End() implements Step {
        }

        /// A value within begins, of which the byte may be the first.
        ///
        /// @param around  where it goes on after the value within
        /// @param isFirst whether the byte is the first of the value within, else it came before it
        record Into(Place around, Place within, boolean isFirst) implements Step {
        }

        static Optional<Step> to(Place place) {
            return Optional.of(new To(place));
        }

        static Optional<Step> end() {
            return Optional.of(new End());
        }

        static Optional<Step> none() {
            return Optional.empty();
        }
    }

    /// Before the first byte.
    record Before(Form form) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            return switch (form) {
                case Form.Members members -> next == '{'
                        ? Step.to(new InMembers(members, 0, true, false)) : Step.none();
                case Form.Items items -> next == '[' ? Step.to(new InItems(items, 0, true, false)) : Step.none();
                case Form.Text text -> next == '"' ? Step.to(InText.opening(text)) : Step.none();
                case Form.Figures figures -> new InFigures(figures.isWhole(), InFigures.Part.NOTHING, 0).after(next);
                case Form.Literals literals -> new InLiteral(literals.texts(), 0).after(next);
                case Form.Either either -> either.forms().stream().map(each -> each.start().after(next))
                        .flatMap(Optional::stream).findFirst();
            };
        }

        @Override
        public long closing() {
            return form.shortest();
        }
    }

    /// In an object, between its properties.
    ///
    /// @param done    properties that have been written or left out
    /// @param isEmpty whether none has been written
    /// @param isOn    whether a comma came, after which another must
    record InMembers(Form.Members form, int done, boolean isEmpty, boolean isOn) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            boolean hasMore = done < form.properties().size();
            if (isEmpty || isOn) {
                if (next == '"' && hasMore) {
                    return new InKey(form, IntStream.range(done, form.nextEnd(done)).toArray(), 0).after(next);
                }
                if (next == ' ' && isOn) {
                    return Step.to(new AfterBlank(this));
                }
                return next == '}' && isEmpty && form.tails()[0] == 0 ? Step.end() : Step.none();
            }
            if (next == ',' && hasMore) {
                return Step.to(new InMembers(form, done, false, true));
            }
            return next == '}' && form.tails()[done] == 0 ? Step.end() : Step.none();
        }

        @Override
        public long closing() {
            if (isOn) {
                return IntStream.range(done, form.nextEnd(done))
                        .mapToLong(each -> form.properties().get(each).key().length + form.fromValue(each)).min()
                        .orElseThrow();
            }
            return isEmpty ? form.shortest() - 1 : form.tails()[done] + 1;
        }
    }

    /// After the one blank that a comma or a colon may have.
    record AfterBlank(Place place) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            return next == ' ' ? Step.none() : place.after(next);
        }

        @Override
        public long closing() {
            return place.closing();
        }
    }

    /// In the name of a property, which is one of several.
    ///
    /// @param depth bytes of it so far
    record InKey(Form.Members form, int[] properties, int depth) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            int[] left = IntStream.of(properties)
                    .filter(each -> form.properties().get(each).key()[depth] == next).toArray();
            if (left.length == 0) {
                return Step.none();
            }
            boolean isWhole = depth + 1 == form.properties().get(left[0]).key().length;
            return Step.to(isWhole ? new AfterKey(form, left[0]) : new InKey(form, left, depth + 1));
        }

        @Override
        public long closing() {
            return IntStream.of(properties)
                    .mapToLong(each -> form.properties().get(each).key().length - depth + form.fromValue(each)).min()
                    .orElseThrow();
        }
    }

    /// After the colon of a property.
    record AfterKey(Form.Members form, int property) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            var around = new InMembers(form, property + 1, false, false);
            return Optional.of(new Step.Into(around, form.properties().get(property).value().start(), next != ' '));
        }

        @Override
        public long closing() {
            return form.fromValue(property);
        }
    }

    /// In an array, between its items.
    ///
    /// @param count items so far
    /// @param isOn  whether a comma came, after which another must
    record InItems(Form.Items form, int count, boolean isFirst, boolean isOn) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            if (next == ' ' && isOn) {
                return Step.to(new AfterBlank(this));
            }
            if (next == ']') {
                return !isOn && count >= form.least() ? Step.end() : Step.none();
            }
            if (isFirst || isOn) {
                return count < form.most() ? Optional.of(new Step.Into(new InItems(form, count + 1, false, false),
                        form.item().start(), true)) : Step.none();
            }
            return next == ',' && count < form.most() ? Step.to(new InItems(form, count, false, true)) : Step.none();
        }

        @Override
        public long closing() {
            long each = form.item().shortest() + 1;
            long missing = Math.max(isOn ? 1 : 0, (long) form.least() - count);
            return missing * each + 1 - (missing > 0 && (isFirst || isOn) ? 1 : 0);
        }
    }

    /// In one of several texts.
    ///
    /// @param texts those that begin so
    /// @param depth bytes so far
    record InLiteral(List<byte[]> texts, int depth) implements Place {

        @Override
        public Optional<Step> after(byte next) {
            var left = new ArrayList<byte[]>();
            for (byte[] text : texts) {
                if (text.length > depth && text[depth] == next) {
                    left.add(text);
                }
            }
            if (left.isEmpty()) {
                return Step.none();
            }
            return left.stream().allMatch(text -> text.length == depth + 1) ? Step.end()
                    : Step.to(new InLiteral(left, depth + 1));
        }

        @Override
        public long closing() {
            return texts.stream().mapToInt(text -> text.length).filter(length -> length >= depth).min().orElseThrow()
                    - depth;
        }
    }
}
