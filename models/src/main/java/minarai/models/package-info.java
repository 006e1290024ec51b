@NullMarked
package minarai.models;

import org.jspecify.annotations.NullMarked;
