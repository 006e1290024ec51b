package minarai.eval.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How often each run of n tokens occurs.
final class Grams {

    private Grams() {
    }

    static <T> Map<List<T>, Integer> of(List<T> tokens, int order) {
        Map<List<T>, Integer> counts = new HashMap<>();
        for (int first = 0; first + order <= tokens.size(); first++) {
            counts.merge(tokens.subList(first, first + order), 1, Integer::sum);
        }
        return counts;
    }

    /// Occurrences that both have: the sum of the smaller counts.
    static <K> int common(Map<K, Integer> one, Map<K, Integer> other) {
        int common = 0;
        for (var entry : one.entrySet()) {
            common += Math.min(entry.getValue(), other.getOrDefault(entry.getKey(), 0));
        }
        return common;
    }

    static int total(Map<?, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    static <T> Map<T, Integer> counted(List<T> tokens) {
        Map<T, Integer> counts = new HashMap<>();
        tokens.forEach(token -> counts.merge(token, 1, Integer::sum));
        return counts;
    }
}
