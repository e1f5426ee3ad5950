//! Code that a route file must not be able to contain.

use palisade_compile_fail::House;

#[test]
fn what_a_route_must_not_do_does_not_compile() {
    let app = House { folder: "app", package: "palisade" };
    app.verify().unwrap_or_else(|complaints| panic!("{complaints}"));
}
