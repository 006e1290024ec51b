/// The `minarai` command: it parses, wires and prints, and owns every default that a user meets.
///
/// Decisions:
/// - **A command is a class.** It declares its options, calls the modules below and prints; what it prints goes through
///   the [Console][minarai.cli.Console] it is given, so that tests run commands in-process and see what a user sees.
/// - **stdout is the result, stderr is the talk.** With `--json` stdout carries JSON alone, so that programs need not
///   tell one from the other.
/// - **Exit codes** are 0 done, 1 failed, 2 usage, 3 refused by a check, 130 stopped by Ctrl-C. Only
///   [Main][minarai.cli.Main] catches broadly, and turns what it caught into one sentence; `-v` adds the stack trace.
/// - **Ctrl-C is heard by the work**, which leaves after its step, and not by a hook at the end of the process: that
///   would have to give up waiting at some time, and would race with the work's own end. A second one ends the process
///   at once, for a run can be taken up again after any kill.
/// - **What a run needs to go on** (model, data, clock, recipe) is its record's recipe; whether they are still the same
///   is told by their hashes.
/// - **The locale is fixed**: figures look the same on every machine, and text is UTF-8.
@NullMarked
package minarai.cli;

import org.jspecify.annotations.NullMarked;
