package minarai.lab.town;

/// A person or a shop.
///
/// @param id   such as "person-017"
/// @param name the full name, unique in the town
public record Entity(String id, Kind kind, String name, Split split) {
}
