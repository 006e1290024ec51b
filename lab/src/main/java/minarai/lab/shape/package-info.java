/// Models that have the shape of a published one and nothing else of it: for timings and plans where the real weights
/// cannot be had.
///
/// Decisions:
/// - **Shapes are code**, copied from the published config.json and named with their source, so that a figure says
///   which model it holds for.
/// - **Weights are drawn from a table of 65,536 normal numbers**: as good as normal for what is timed, and a model of
///   half a billion numbers is written in seconds.
@NullMarked
package minarai.lab.shape;

import org.jspecify.annotations.NullMarked;
