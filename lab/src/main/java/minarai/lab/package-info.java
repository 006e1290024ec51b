@NullMarked
package minarai.lab;

import org.jspecify.annotations.NullMarked;
