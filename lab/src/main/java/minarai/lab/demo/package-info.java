/// The main job, start to end, on the embedded model: measure, check, tune, measure again, report.
///
/// Everything that the demo shows is measured in that run, on the test split: the base in the chat template and after
/// examples, the tuned model in the chat template, the likelihood of world text before and after.
@NullMarked
package minarai.lab.demo;

import org.jspecify.annotations.NullMarked;
