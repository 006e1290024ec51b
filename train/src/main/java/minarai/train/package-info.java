@NullMarked
package minarai.train;

import org.jspecify.annotations.NullMarked;
