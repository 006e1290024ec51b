package minarai.tokenizer;

/// The ids of a text and where each lies in it.
///
/// @param ids    token ids
/// @param starts for each id, the first Unicode code point it covers, counted from the start of the text
/// @param ends   for each id, one past the last code point it covers
public record Encoding(int[] ids, int[] starts, int[] ends) {

    public int length() {
        return ids.length;
    }
}
