package minarai.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.BaseStream;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// What the same bits everywhere forbid in the code that computes them.
@AnalyzeClasses(packages = "minarai.engine", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /// `Math` may give other bits on another processor or JDK where `StrictMath` may not; `fma`, `sqrt`, `abs`, `min`
    /// and `max` are exact in both.
    private static final Set<String> INEXACT = Set.of("exp", "expm1", "log", "log10", "log1p", "sin", "cos", "tan",
            "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "pow", "cbrt", "hypot");

    @ArchTest
    static void theClassesWereRead(JavaClasses classes) {
        assertTrue(classes.contain(SimdKernels.class) && classes.contain(ReferenceKernels.class));
    }

    @ArchTest
    static final ArchRule NO_INEXACT_FUNCTION = noClasses().should().callMethodWhere(
            calls("an inexact function of Math", call -> call.getTargetOwner().isEquivalentTo(Math.class)
                    && INEXACT.contains(call.getName())));

    /// The order in which `reduceLanes(ADD)` adds is not defined; a maximum has no order. Sums of vectors need no
    /// operator, since `add` is a method, so nothing here has a use for the operators themselves.
    @ArchTest
    static final ArchRule NO_UNORDERED_SUM = noClasses().should()
            .accessField(VectorOperators.class, "ADD").orShould().accessField(VectorOperators.class, "MUL");

    /// Nor are the vector library's own functions defined to the last bit.
    @ArchTest
    static final ArchRule NO_VECTOR_LIBRARY = noClasses().should().accessFieldWhere(
            DescribedPredicate.describe("an inexact function of VectorOperators", access ->
                    access.getTargetOwner().isEquivalentTo(VectorOperators.class)
                            && INEXACT.contains(access.getName().toLowerCase(Locale.ROOT))));

    @ArchTest
    static final ArchRule NO_PARALLEL_STREAM = noClasses().should().callMethodWhere(
            calls("a parallel stream", call -> call.getName().equals("parallelStream")
                    || call.getName().equals("parallel") && call.getTargetOwner().isAssignableTo(BaseStream.class)
                    || call.getName().startsWith("parallel") && call.getTargetOwner().isEquivalentTo(
                            Arrays.class)));

    @ArchTest
    static final ArchRule NO_PRINTING = noClasses().should().accessField(System.class, "out")
            .orShould().accessField(System.class, "err");

    /// A class that does all of it.
    private static final class Offender {

        static void offend(FloatVector x) {
            float sum = x.reduceLanes(VectorOperators.ADD) + x.lanewise(VectorOperators.TANH).lane(0);
            System.out.println(Math.tanh(sum) + IntStream.range(0, 3).parallel().sum());
        }
    }

    @ArchTest
    static void theRulesNoticeAnOffender(JavaClasses classes) {
        var offender = new ClassFileImporter().importClasses(Offender.class);
        for (ArchRule rule : List.of(NO_INEXACT_FUNCTION, NO_UNORDERED_SUM, NO_VECTOR_LIBRARY, NO_PARALLEL_STREAM,
                NO_PRINTING)) {
            assertTrue(rule.evaluate(offender).hasViolation(), rule.getDescription());
            assertFalse(rule.evaluate(classes).hasViolation(), rule.getDescription());
        }
    }

    private static DescribedPredicate<JavaCall<?>> calls(String what, Predicate<JavaCall<?>> test) {
        return DescribedPredicate.describe(what, test);
    }
}
