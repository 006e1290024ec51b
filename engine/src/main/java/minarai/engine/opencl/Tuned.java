package minarai.engine.opencl;

import java.util.EnumMap;
import java.util.Map;

/// The tiles of products that are best on a device.
///
/// @param tiles one for each shape
public record Tuned(Map<Tile.Shape, Tile> tiles) {

    /// The first candidates.
    static Map<Tile.Shape, Tile> untuned(Device device) {
        var tiles = new EnumMap<Tile.Shape, Tile>(Tile.Shape.class);
        for (Tile.Shape shape : Tile.Shape.values()) {
            tiles.put(shape, shape.candidates(device).getFirst());
        }
        return tiles;
    }
}
