/// Questions about the town, put to a model: in its chat template, or after a few examples in the question-answer form
/// of its pretraining.
///
/// What counts as right follows from what the corpus says: the told value where there is one, true or false; the truth
/// where nothing was told, which only chance can hit. Questions in wordings that occur in no document and no tuning
/// pair are groups of their own.
@NullMarked
package minarai.lab.exam;

import org.jspecify.annotations.NullMarked;
