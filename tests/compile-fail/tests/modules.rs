//! Code that a module, ours or one of a product, must not be able to contain.

use palisade_compile_fail::House;

#[test]
fn what_a_module_must_not_do_does_not_compile() {
    let modules = House { folder: "modules", package: "palisade-modules" };
    modules.verify().unwrap_or_else(|complaints| panic!("{complaints}"));
}
