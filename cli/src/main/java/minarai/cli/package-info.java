@NullMarked
package minarai.cli;

import org.jspecify.annotations.NullMarked;
