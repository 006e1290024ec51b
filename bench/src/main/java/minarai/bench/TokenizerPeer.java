package minarai.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/// Another library's tokenizer, timed beside ours. Found as a [Peer] is.
public interface TokenizerPeer {

    /// E.g. `huggingface`.
    String name();

    /// A tokenizer that has not seen any text yet.
    interface Encoder extends AutoCloseable {

        /// The ids of a text without special tokens around it; special tokens that it spells out are special.
        long[] encode(String text);

        @Override
        void close();
    }

    /// Opens a `tokenizer.json`.
    Encoder open(Path tokenizerJson);

    /// The peers that this build carries.
    static List<TokenizerPeer> found() {
        return ServiceLoader.load(TokenizerPeer.class).stream().map(ServiceLoader.Provider::get).toList();
    }
}
