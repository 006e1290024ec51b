package minarai.models;

import minarai.engine.Heads;
import minarai.engine.Rotation;
import minarai.models.format.LlamaConfig;
import minarai.models.format.RopeScaling;

/// What the layers of the Llama family's attention share: how heads see and turn.
final class Rotary {

    private Rotary() {
    }

    /// The heads of a layer.
    static Heads heads(LlamaConfig config, int layer) {
        float scale = (float) (1 / Math.sqrt(config.departures().queryScalar().orElse(config.headSize())));
        return new Heads(config.heads(), config.keyValueHeads(), config.headSize(),
                config.windowOf(layer).orElse(Heads.UNLIMITED), scale,
                (float) config.departures().scoreCap().orElse(Heads.UNCAPPED));
    }

    /// How heads turn.
    ///
    /// @param positions how many positions are prepared for, at most the configuration's
    /// @throws IllegalArgumentException if not even one position is asked for
    static Rotation of(LlamaConfig config, int positions) {
        return Rotation.of(prepared(config, positions), frequencies(config), config.headSize(),
                length(config.ropeScaling()));
    }

    /// How heads turn in the layers with a window, where these have a base of their own, which is never stretched.
    static Rotation local(LlamaConfig config, int positions) {
        double theta = config.departures().localTheta().orElse(config.ropeTheta());
        return Rotation.of(prepared(config, positions), Rotation.frequencies(config.rotarySize(), theta),
                config.headSize(), 1);
    }

    private static int prepared(LlamaConfig config, int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException("a model is prepared for at least one position, not " + positions);
        }
        return Math.min(positions, config.maxPositions());
    }

    /// Radians a position for each pair of features that turns.
    static double[] frequencies(LlamaConfig config) {
        double[] plain = Rotation.frequencies(config.rotarySize(), config.ropeTheta());
        double[] frequencies = plain.clone();
        for (int i = 0; i < plain.length; i++) {
            frequencies[i] = switch (config.ropeScaling()) {
                case RopeScaling.None(), RopeScaling.Dynamic _ -> plain[i];
                case RopeScaling.Linear(double factor) -> plain[i] / factor;
                case RopeScaling.Llama3 scaling -> scaled(plain[i], scaling);
                case RopeScaling.Yarn scaling -> scaled(plain[i], i, scaling, config.rotarySize(), config.ropeTheta());
                case RopeScaling.LongRope scaling -> plain[i] / scaling.shortFactors().get(i);
            };
        }
        return frequencies;
    }

    private static double scaled(double frequency, RopeScaling.Llama3 scaling) {
        double turns = scaling.originalMaxPositions() * frequency / (2 * Math.PI);
        if (turns < scaling.lowFrequencyFactor()) {
            return frequency / scaling.factor();
        }
        if (turns > scaling.highFrequencyFactor()) {
            return frequency;
        }
        double smooth = (turns - scaling.lowFrequencyFactor())
                / (scaling.highFrequencyFactor() - scaling.lowFrequencyFactor());
        return (1 - smooth) * frequency / scaling.factor() + smooth * frequency;
    }

    private static double scaled(double frequency, int pair, RopeScaling.Yarn scaling, int size, double theta) {
        double fast = pairThatTurns(scaling.betaFast(), scaling, size, theta);
        double slow = pairThatTurns(scaling.betaSlow(), scaling, size, theta);
        double first = Math.max(scaling.isTruncated() ? Math.floor(fast) : fast, 0);
        double last = Math.min(scaling.isTruncated() ? Math.ceil(slow) : slow, size - 1);
        // A ramp without width would divide by zero; the reference widens it by this much.
        double width = first == last ? 0.001 : last - first;
        double stretched = Math.clamp((pair - first) / width, 0, 1);
        return frequency / scaling.factor() * stretched + frequency * (1 - stretched);
    }

    /// Which pair of features, as a fraction, turns so many times over the original length.
    private static double pairThatTurns(double times, RopeScaling.Yarn scaling, int size, double theta) {
        return size * StrictMath.log(scaling.originalMaxPositions() / (times * 2 * Math.PI))
                / (2 * StrictMath.log(theta));
    }

    /// What turned pairs are multiplied by.
    private static double length(RopeScaling scaling) {
        return switch (scaling) {
            case RopeScaling.Yarn yarn -> yarn.length().orElse(0.1 * StrictMath.log(yarn.factor()) + 1);
            case RopeScaling.LongRope rope -> rope.length().orElse(Math.sqrt(1
                    + StrictMath.log((double) rope.statedMaxPositions() / rope.originalMaxPositions())
                    / StrictMath.log(rope.originalMaxPositions())));
            case RopeScaling.None _, RopeScaling.Linear _, RopeScaling.Dynamic _, RopeScaling.Llama3 _ -> 1;
        };
    }
}
