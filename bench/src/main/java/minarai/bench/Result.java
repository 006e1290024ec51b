package minarai.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// A line of figures.
///
/// @param name                what was timed, with its shape and threads; stays the same from release to release
/// @param fractionOfPeak      part of the multiply-add peak, for what computes
/// @param fractionOfBandwidth part of the read bandwidth, for what reads
/// @param milliseconds        of one call or step, median
/// @param tokensPerSecond     for steps and generation
/// @param peakMemoryBytes     the most memory of the process while it ran
/// @param plannedMemoryBytes  what the plan had said
/// @param recordShare         part of a training step that its line in the ledger takes
/// @param dropped             samples that were disturbed
/// @param isDisturbed         whether no sample was undisturbed, so that the figures count all of them
/// @param peers               our rate as a multiple of a peer's, by the peer's name
public record Result(String name, OptionalDouble fractionOfPeak, OptionalDouble fractionOfBandwidth,
        double milliseconds, OptionalDouble tokensPerSecond, OptionalLong peakMemoryBytes,
        OptionalLong plannedMemoryBytes, OptionalDouble recordShare, OptionalInt dropped, boolean isDisturbed,
        Map<String, Double> peers) {

    static Result of(String name, Ceiling.Kind kind, Samples.Summary summary) {
        var fraction = OptionalDouble.of(summary.fraction());
        var none = OptionalDouble.empty();
        return new Result(name, kind == Ceiling.Kind.COMPUTE ? fraction : none,
                kind == Ceiling.Kind.READ ? fraction : none, 1e3 * summary.seconds(), none, OptionalLong.empty(),
                OptionalLong.empty(), none, OptionalInt.of(summary.dropped()), summary.kept() == 0, Map.of());
    }

    /// @param tokens of one call
    Result withTokens(double tokens) {
        return new Result(name, fractionOfPeak, fractionOfBandwidth, milliseconds,
                OptionalDouble.of(tokens / milliseconds * 1e3), peakMemoryBytes, plannedMemoryBytes, recordShare,
                dropped, isDisturbed, peers);
    }

    Result withMemory(OptionalLong peak, OptionalLong planned) {
        return new Result(name, fractionOfPeak, fractionOfBandwidth, milliseconds, tokensPerSecond, peak, planned,
                recordShare, dropped, isDisturbed, peers);
    }

    Result withRecord(double share) {
        return new Result(name, fractionOfPeak, fractionOfBandwidth, milliseconds, tokensPerSecond, peakMemoryBytes,
                plannedMemoryBytes, OptionalDouble.of(share), dropped, isDisturbed, peers);
    }

    /// For work whose necessary operations are not counted.
    Result withoutFraction() {
        return new Result(name, OptionalDouble.empty(), OptionalDouble.empty(), milliseconds, tokensPerSecond,
                peakMemoryBytes, plannedMemoryBytes, recordShare, dropped, isDisturbed, peers);
    }

    Result withPeers(Map<String, Double> ratios) {
        return new Result(name, fractionOfPeak, fractionOfBandwidth, milliseconds, tokensPerSecond, peakMemoryBytes,
                plannedMemoryBytes, recordShare, dropped, isDisturbed, new LinkedHashMap<>(ratios));
    }

    /// The part of its ceiling.
    public double fraction() {
        return fractionOfPeak.orElseGet(() -> fractionOfBandwidth.orElse(0));
    }

    /// As JSON has it.
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("name", name);
        fractionOfPeak.ifPresent(fraction -> fields.put("fraction_of_peak", fraction));
        fractionOfBandwidth.ifPresent(fraction -> fields.put("fraction_of_bandwidth", fraction));
        fields.put("milliseconds", milliseconds);
        tokensPerSecond.ifPresent(rate -> fields.put("tokens_per_second", rate));
        peakMemoryBytes.ifPresent(bytes -> fields.put("peak_memory_bytes", bytes));
        plannedMemoryBytes.ifPresent(bytes -> fields.put("planned_memory_bytes", bytes));
        recordShare.ifPresent(share -> fields.put("record_share", share));
        dropped.ifPresent(count -> fields.put("dropped", count));
        if (isDisturbed) {
            fields.put("disturbed", true);
        }
        if (!peers.isEmpty()) {
            fields.put("peers", peers);
        }
        return fields;
    }
}
