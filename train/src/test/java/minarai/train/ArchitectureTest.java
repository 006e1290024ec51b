package minarai.train;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.BaseStream;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.models.LanguageModel;

/// What a result that is a function of its inputs alone forbids, in the engine, the models and the training.
@AnalyzeClasses(packages = {"minarai.engine", "minarai.models", "minarai.train"},
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /// `Math` may give other bits on another processor or JDK where `StrictMath` may not; `fma`, `sqrt`, `abs`, `min`,
    /// `max` and the like are exact in both.
    private static final Set<String> INEXACT = Set.of("exp", "expm1", "log", "log10", "log1p", "sin", "cos", "tan",
            "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "pow", "cbrt", "hypot");
    private static final Set<String> UNORDERED_SUMS = Set.of("sum", "average", "summaryStatistics");
    private static final Set<String> SUMMING_COLLECTORS = Set.of("summingDouble", "averagingDouble",
            "summarizingDouble");
    private static final Set<Class<?>> STATEFUL = Set.of(Random.class, SplittableRandom.class,
            ThreadLocalRandom.class, RandomGenerator.class);
    private static final Set<Class<?>> HASHED = Set.of(Map.class, Set.class, HashMap.class, HashSet.class,
            IdentityHashMap.class);
    private static final Set<String> ITERATION = Set.of("iterator", "spliterator", "stream", "forEach", "keySet",
            "values", "entrySet", "toArray");
    /// Classes of the training that decide what a step computes, and in which order.
    private static final Set<String> DECISIVE = Set.of("Trainer", "Batch", "Sample", "Lessons", "EpochOrder",
            "KeyedHash", "Schedule", "ParameterHash");

    @ArchTest
    static void theClassesWereRead(JavaClasses classes) {
        assertTrue(classes.contain(Kernels.class) && classes.contain(LanguageModel.class)
                && classes.contain(Trainer.class));
        for (String name : DECISIVE) {
            assertTrue(classes.stream().anyMatch(each -> each.getSimpleName().equals(name)), name);
        }
    }

    @ArchTest
    static final ArchRule NO_INEXACT_FUNCTION = noClasses().should().callMethodWhere(
            calls("an inexact function of Math", call -> call.getTargetOwner().isEquivalentTo(Math.class)
                    && INEXACT.contains(call.getName())));

    @ArchTest
    static final ArchRule NO_PARALLEL_STREAM = noClasses().should().callMethodWhere(
            calls("a parallel stream", call -> call.getName().equals("parallelStream")
                    || call.getName().equals("parallel") && call.getTargetOwner().isAssignableTo(BaseStream.class)
                    || call.getName().startsWith("parallel") && call.getTargetOwner().isEquivalentTo(
                            Arrays.class)));

    /// In which order a stream adds doubles is not defined, nor how it makes up for roundings.
    @ArchTest
    static final ArchRule NO_UNORDERED_SUM = noClasses().should().callMethodWhere(
            calls("a stream's sum of doubles", call -> call.getTargetOwner().isEquivalentTo(DoubleStream.class)
                    && UNORDERED_SUMS.contains(call.getName())
                    || call.getTargetOwner().isEquivalentTo(Collectors.class)
                    && SUMMING_COLLECTORS.contains(call.getName())));

    /// Random numbers are counter-based, see [minarai.engine.Philox].
    @ArchTest
    static final ArchRule NO_STATEFUL_RANDOMNESS = noClasses().should().callCodeUnitWhere(
            calls("a random number that depends on earlier ones", call ->
                    STATEFUL.stream().anyMatch(call.getTargetOwner()::isAssignableTo)
                    || call.getTargetOwner().isEquivalentTo(Math.class) && call.getName().equals("random")
                    || call.getTargetOwner().isEquivalentTo(Collections.class) && call.getName().equals("shuffle")));

    @ArchTest
    static final ArchRule NO_CLOCK = noClasses().that(decide()).should().callMethodWhere(
            calls("a clock", call -> call.getTargetOwner().isEquivalentTo(System.class)
                    && Set.of("nanoTime", "currentTimeMillis").contains(call.getName())
                    || (call.getTargetOwner().isEquivalentTo(Instant.class)
                    || call.getTargetOwner().isEquivalentTo(LocalDateTime.class)) && call.getName().equals("now")));

    /// The order of a hash map or set may change from one JVM to the next. Maps and sets that are ordered say so by
    /// their type where they are gone through.
    @ArchTest
    static final ArchRule NO_ORDER_OF_HASHES = noClasses().that(decide()).should().callMethodWhere(
            calls("the order of a map or set that need not have one", call ->
                    HASHED.stream().anyMatch(call.getTargetOwner()::isEquivalentTo)
                    && ITERATION.contains(call.getName())));

    /// A class that does all of it.
    private static final class Offender {

        static double offend(Set<Double> numbers) {
            double sum = numbers.stream().mapToDouble(Double::doubleValue).sum();
            sum += IntStream.range(0, 3).parallel().sum() + Math.tanh(sum);
            return sum + new Random().nextDouble() + System.nanoTime();
        }
    }

    @ArchTest
    static void theRulesNoticeAnOffender(JavaClasses classes) {
        var offender = new ClassFileImporter().importClasses(Offender.class);
        for (ArchRule rule : List.of(NO_INEXACT_FUNCTION, NO_PARALLEL_STREAM, NO_UNORDERED_SUM,
                NO_STATEFUL_RANDOMNESS, NO_CLOCK, NO_ORDER_OF_HASHES)) {
            assertTrue(rule.evaluate(offender).hasViolation(), rule.getDescription());
            assertFalse(rule.evaluate(classes).hasViolation(), rule.getDescription());
        }
    }

    /// The engine and the decisive classes of the training; and the offender.
    private static DescribedPredicate<JavaClass> decide() {
        return resideInAnyPackage("minarai.engine").or(DescribedPredicate.describe(
                "decide what a step computes", each -> DECISIVE.contains(outermost(each).getSimpleName())
                        || each.getSimpleName().equals(Offender.class.getSimpleName())));
    }

    private static JavaClass outermost(JavaClass nested) {
        JavaClass each = nested;
        while (each.getEnclosingClass().isPresent()) {
            each = each.getEnclosingClass().get();
        }
        return each;
    }

    private static DescribedPredicate<JavaCall<?>> calls(String what, Predicate<JavaCall<?>> test) {
        return DescribedPredicate.describe(what, test);
    }
}
