package minarai.models.format;

import java.util.List;

/// Which modules of a model carry an adapter (field `target_modules`).
public sealed interface TargetModules {

    /// Modules whose path is one of the names or ends with a dot and one of them, e.g. `q_proj`.
    record Names(List<String> names) implements TargetModules {

        /// @throws IllegalArgumentException if there is no name, or an empty one
        public Names {
            names = names.stream().sorted().distinct().toList();
            if (names.isEmpty() || names.contains("")) {
                throw new IllegalArgumentException("target_modules needs at least one name, none of them empty");
            }
        }

        @Override
        public boolean matches(String path) {
            return names.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
        }
    }

    /// The text `all-linear`: every linear projection but the output head.
    record AllLinear() implements TargetModules {
        @Override
        public boolean matches(String path) {
            return !path.equals("lm_head") && !path.endsWith(".lm_head");
        }
    }

    /// Modules whose whole path matches a regular expression.
    record Expression(String text) implements TargetModules {

        /// @throws IllegalArgumentException if it is not a regular expression
        public Expression {
            PathPattern.check(text);
        }

        @Override
        public boolean matches(String path) {
            return PathPattern.matches(text, path);
        }
    }

    /// Whether the module of this path carries an adapter, e.g. `model.layers.0.self_attn.q_proj`.
    boolean matches(String path);
}
