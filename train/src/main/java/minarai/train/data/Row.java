package minarai.train.data;

import java.util.List;
import minarai.tokenizer.chat.Message;
import tools.jackson.databind.JsonNode;

/// A row of a file of pairs: an object, and the line it begins on.
///
/// @param fields an object
public record Row(Place place, JsonNode fields) {

    /// @throws IllegalArgumentException if the value is not an object
    public Row {
        if (!fields.isObject()) {
            throw place.problem("a pair must be an object such as {\"instruction\": …, \"output\": …}, not "
                    + Json.describe(fields));
        }
    }

    /// The row's conversations as they are, for whoever looks for what is wrong with them: texts may be blank, and the
    /// last turn need not be an answer.
    ///
    /// @throws IllegalArgumentException if the keys fit no [Schema], or a value is of another type
    public List<List<Message>> drafts() {
        return new Conversations(this, Schema.of(this), true).read();
    }
}
