//! The rules of the house that the compiler cannot see.

#[test]
fn the_house_keeps_its_rules() {
    palisade_test::house(env!("CARGO_MANIFEST_DIR"));
}
