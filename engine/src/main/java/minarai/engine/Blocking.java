package minarai.engine;

/// How products are cut so that their pieces stay in caches. It changes speed and memory, and not a bit of a result.
///
/// @param depth   of the sums, how much goes through a tile at once: a multiple of 64
/// @param shallow depth up to which threads share out the rows of a product, and not its columns
/// @param group   panels of that depth that lie in scratch memory together; of shallower ones there are more
/// @param packed  numbers of the left matrix that are packed at once
/// @param tasks   for each thread, so that one that is held up does not hold up all
/// @param small   multiply-adds below which one thread is enough
public record Blocking(int depth, int shallow, int group, int packed, int tasks, int small) {

    /// Divides into blocks of quantized numbers and into panels of every width.
    private static final int UNIT = 64;

    /// @throws IllegalArgumentException if a number is below 1, or the depth no multiple of 64
    public Blocking {
        if (depth < UNIT || depth % UNIT != 0 || shallow < 1 || group < 1 || packed < 1 || tasks < 1 || small < 0) {
            throw new IllegalArgumentException(("products are cut by positive numbers, the depth by a multiple of %d, "
                    + "not by %d, %d, %d, %d, %d, %d").formatted(UNIT, depth, shallow, group, packed, tasks, small));
        }
    }

    /// For second-level caches of half a megabyte and more.
    public static Blocking usual() {
        return new Blocking(1024, 32, 4, 1 << 22, 2, 1 << 17);
    }

    /// The longest sum that is made as a whole.
    int deepest() {
        return group * depth;
    }
}
