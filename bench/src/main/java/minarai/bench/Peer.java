package minarai.bench;

import java.util.List;
import java.util.ServiceLoader;
import minarai.engine.Tensor;

/// Another library's products, timed beside ours.
///
/// Peers are native libraries of hundreds of megabytes and no part of the product: they are compiled and carried only
/// with Maven's profile `peers`. This module must not name them, so here, and nowhere else in the project,
/// implementations are found by [ServiceLoader].
public interface Peer {

    /// E.g. `openblas`.
    String name();

    /// A product that is ready to run.
    interface Product extends AutoCloseable {

        /// Computes it, into `y` of its own.
        void run();

        /// One element of `y` after a run.
        float at(int row, int column);

        @Override
        void close();
    }

    /// Prepares `x · wᵀ` in memory of the library's own.
    ///
    /// @param threads how many threads compute
    /// @param x       tokens x inputs
    /// @param w       outputs x inputs
    Product product(int threads, Tensor x, Tensor w);

    /// The same for `y += scale * (x · wᵀ)`, in the library's own way; `y` starts from zero.
    Product addedProduct(int threads, Tensor x, Tensor w, float scale);

    /// The peers that this build carries.
    static List<Peer> found() {
        return ServiceLoader.load(Peer.class).stream().map(ServiceLoader.Provider::get).toList();
    }
}
