/// What changes an answer that should not: the same question with typing errors, in capitals, in other words, in a long
/// context, with an order hidden in it; and the same question about someone else.
///
/// Decisions:
/// - **Perturbations are seeded and named**, so that two models meet the same ones, and a figure is given for each and
///   for the worst of them on an item: a mean over perturbations hides the one that breaks.
/// - **What is perturbed is what the prompt names**, whatever the fields are called, and a set of items of which no
///   prompt would change is refused: the same text asked again answers alike and would pass for robust.
/// - **A perturbed question keeps its item's cluster**: it is no further piece of evidence, and the interval of a
///   change resamples clusters.
@NullMarked
package minarai.eval.robust;

import org.jspecify.annotations.NullMarked;
