/// Conversations to token ids and loss mask, by the template that the model was, or will be, trained with.
@NullMarked
package minarai.tokenizer.chat;

import org.jspecify.annotations.NullMarked;
