package minarai.models.decoding;

import java.util.Optional;

/// How far a text in JSON has come: the place in the innermost value, and what is around it. Immutable.
///
/// @param place   in the innermost value
/// @param around  the state of what is around it
/// @param closing the fewest bytes that end the whole text from here
record JsonState(Place place, Optional<JsonState> around, long closing) {

    /// What a byte leads to.
    ///
    /// @param isWhole whether the text has ended with it; nothing may follow
    /// @param state   where it goes on, unless it has ended
    record Next(boolean isWhole, Optional<JsonState> state) {

        private static final Next NONE = new Next(false, Optional.empty());
        private static final Next WHOLE = new Next(true, Optional.empty());
    }

    static JsonState before(Form form) {
        return of(form.start(), Optional.empty());
    }

    private static JsonState of(Place place, Optional<JsonState> around) {
        return new JsonState(place, around, place.closing() + around.map(JsonState::closing).orElse(0L));
    }

    /// Whether the text may end here.
    boolean isComplete() {
        return closing == 0;
    }

    /// Where a byte leads.
    Next after(byte next) {
        var step = place.after(next);
        if (step.isEmpty()) {
            return place.closing() == 0 && around.isPresent() ? around.get().after(next) : Next.NONE;
        }
        return switch (step.get()) {
            case Place.Step.To(Place reached) -> reached == place ? going(this) : going(of(reached, around));
            case Place.Step.End _ -> around.map(JsonState::going).orElse(Next.WHOLE);
            case Place.Step.Into(Place outer, Place within, boolean isFirst) -> {
                var inside = of(within, Optional.of(of(outer, around)));
                yield isFirst ? inside.after(next) : going(of(new Place.AfterBlank(within), inside.around));
            }
        };
    }

    private static Next going(JsonState state) {
        return new Next(false, Optional.of(state));
    }
}
