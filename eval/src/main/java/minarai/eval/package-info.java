@NullMarked
package minarai.eval;

import org.jspecify.annotations.NullMarked;
