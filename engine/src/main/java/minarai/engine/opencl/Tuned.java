package minarai.engine.opencl;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// The tiles of products that are best on a device.
///
/// @param tiles one for each shape of product
public record Tuned(Map<Tile.Shape, Tile> tiles) {

    /// The first candidates that fit.
    ///
    /// @throws DeviceFailure if the device is too small for any
    public static Tuned untuned(Device device) {
        return untuned(device.name(), device.limits());
    }

    static Tuned untuned(String device, GroupLimits limits) {
        var tiles = new EnumMap<Tile.Shape, Tile>(Tile.Shape.class);
        for (Tile.Shape shape : Tile.Shape.values()) {
            tiles.put(shape, shape.candidates(limits).stream().findFirst().orElseThrow(() -> new DeviceFailure(
                    "%s takes %s: too little for any way to cut products of shape %s. Use another device, or "
                    .formatted(device, limits, shape) + "backend=cpu")));
        }
        return new Tuned(tiles);
    }

    /// From lines `tile.WIDE=64,64,16,4,4`, if there is a candidate that fits the device for each shape.
    static Optional<Tuned> parse(Map<String, String> lines, Device device) {
        var tiles = new EnumMap<Tile.Shape, Tile>(Tile.Shape.class);
        for (Tile.Shape shape : Tile.Shape.values()) {
            String text = lines.getOrDefault("tile." + shape, "");
            shape.candidates(device.limits()).stream().filter(tile -> tile.toString().equals(text)).findFirst()
                    .ifPresent(tile -> tiles.put(shape, tile));
        }
        return tiles.size() == Tile.Shape.values().length ? Optional.of(new Tuned(tiles)) : Optional.empty();
    }
}
