package minarai.train.desk;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import minarai.train.data.Names;
import minarai.train.data.Sha256;

/// The ids that were given out, each remembered by 64 bits of its SHA-256 and the line it was given at: about 20 bytes
/// an entry, whatever its length.
final class Ids {

    private final Long2IntOpenHashMap lines = new Long2IntOpenHashMap();
    private final Long2IntOpenHashMap copies = new Long2IntOpenHashMap();

    /// The entry under an id that no earlier one has.
    ///
    /// @param isOwn whether the row brought the id, rather than the content
    /// @throws IllegalArgumentException if the row brought an id that another row has
    Entry distinct(Entry entry, boolean isOwn) {
        long hash = hash(entry.id());
        if (!lines.containsKey(hash)) {
            lines.put(hash, entry.place().line());
            return entry;
        }
        if (isOwn) {
            throw entry.place().problem(("the id %s was given at line %d already. Ids must differ; remove one of the"
                    + " two, or the ids").formatted(Names.clipped(entry.id()), lines.get(hash)));
        }
        int copy = copies.addTo(hash, 1) + 2;
        return distinct(entry.named(entry.id() + "-" + copy), false);
    }

    private static long hash(String id) {
        var digest = Sha256.digest();
        digest.update(id.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest.digest()).getLong();
    }
}
