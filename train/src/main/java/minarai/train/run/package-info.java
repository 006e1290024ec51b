/// A run's folder: what is in it, and that it is never half written.
///
/// Decisions and their reasons:
/// - **Beside, then moved.** A file is written under another name in the same folder, forced to the disk and moved over
///   its place, so a reader sees the old file or the new one; what fails leaves nothing behind.
/// - **One writer.** A lock of the operating system guards the folder; it goes with the process, so a kill leaves no
///   lock to be removed by hand. The lock's file stays, because deleting it would let two processes hold two files.
/// - **Nothing is overwritten.** A folder with anything else in it is refused, and so is a run that exists: it is
///   resumed or another name is chosen.
@NullMarked
package minarai.train.run;

import org.jspecify.annotations.NullMarked;
