package minarai.eval.metric;

/// How badly likelihoods fit a preference of people, as losses that preference tuning lowers. Log-probabilities are in
/// nats and summed over the tokens of an answer; means are taken only where a loss is defined by them.
public sealed interface PreferenceLoss {

    /// An answer under the model that is tuned and under the one it is held to.
    ///
    /// @param policy    log-probability under the model
    /// @param reference the same under the reference, the base without its adapter
    /// @param tokens    of the answer
    record Answered(double policy, double reference, int tokens) {

        /// @throws IllegalArgumentException unless the log-probabilities are at most 0 and there is a token
        public Answered {
            if (!(policy <= 0 && reference <= 0 && policy + reference > Double.NEGATIVE_INFINITY) || tokens < 1) {
                throw new IllegalArgumentException("an answer of " + tokens + " tokens with the log-probabilities "
                        + policy + " and " + reference + "; needed: finite ones, 0 at most, and one token at least");
            }
        }

        /// What the model finds the answer more likely by than the reference does.
        double ratio() {
            return policy - reference;
        }

        double meanOfPolicy() {
            return policy / tokens;
        }
    }

    /// Losses of a pair of answers of which people preferred one.
    sealed interface OfPair extends PreferenceLoss permits Direct, OddsRatio, Simple {

        double of(Answered chosen, Answered rejected);
    }

    /// DPO, `-log sigmoid(beta (ratio(chosen) - ratio(rejected)))`; ln 2 where the model is still the reference.
    ///
    /// @param beta how firmly the model is held to the reference, e.g. 0.1
    /// @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, eq. 7</a>
    record Direct(double beta) implements OfPair {

        public Direct {
            requirePositive("beta", beta);
        }

        @Override
        public double of(Answered chosen, Answered rejected) {
            return minusLogSigmoid(beta * (chosen.ratio() - rejected.ratio()));
        }
    }

    /// The odds-ratio term of ORPO, `-log sigmoid(log odds(chosen) - log odds(rejected))`, with the odds of the mean
    /// probability of a token; no reference.
    ///
    /// @see <a href="https://arxiv.org/abs/2403.07691">Hong et al. 2024, eq. 7</a>
    record OddsRatio() implements OfPair {

        @Override
        public double of(Answered chosen, Answered rejected) {
            return minusLogSigmoid(logOdds(chosen.meanOfPolicy()) - logOdds(rejected.meanOfPolicy()));
        }

        /// `log(p / (1 - p))` from `log p`.
        private static double logOdds(double logProbability) {
            return logProbability - StrictMath.log(-StrictMath.expm1(logProbability));
        }
    }

    /// SimPO, `-log sigmoid(beta (mean(chosen) - mean(rejected)) - gamma)`, over means per token; no reference.
    ///
    /// @param beta  e.g. 2
    /// @param gamma the margin that is asked for, e.g. 0.5
    /// @see <a href="https://arxiv.org/abs/2405.14734">Meng et al. 2024, eq. 6</a>
    record Simple(double beta, double gamma) implements OfPair {

        public Simple {
            requirePositive("beta", beta);
        }

        @Override
        public double of(Answered chosen, Answered rejected) {
            return minusLogSigmoid(beta * (chosen.meanOfPolicy() - rejected.meanOfPolicy()) - gamma);
        }
    }

    /// KTO, of single answers: `1 - sigmoid(beta (ratio - z))` of a good one, `1 - sigmoid(beta (z - ratio))` of a bad
    /// one.
    ///
    /// @param beta e.g. 0.1
    /// @param z    how far the model is from the reference in general, a mean over other answers, 0 or more
    /// @see <a href="https://arxiv.org/abs/2402.01306">Ethayarajh et al. 2024, eq. 8</a>
    record Prospect(double beta, double z) implements PreferenceLoss {

        public Prospect {
            requirePositive("beta", beta);
        }

        public double of(Answered answer, boolean isGood) {
            double distance = beta * (answer.ratio() - z);
            return 1 / (1 + StrictMath.exp(isGood ? distance : -distance));
        }
    }

    /// `log(1 + exp(-x))`, without overflow.
    private static double minusLogSigmoid(double x) {
        return Math.max(-x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    private static void requirePositive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("a preference loss with " + name + " " + value + "; needed: above 0");
        }
    }
}
