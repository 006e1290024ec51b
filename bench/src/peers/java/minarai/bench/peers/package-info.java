/// Other libraries to be compared with; compiled with Maven's profile `peers` alone.
@NullMarked
package minarai.bench.peers;

import org.jspecify.annotations.NullMarked;
