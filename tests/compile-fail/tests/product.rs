//! Code that a product outside of this repository must not be able to contain.

use palisade_compile_fail::House;

#[test]
fn what_a_product_must_not_do_does_not_compile() {
    let product = House { folder: "product", package: "palisade-product" };
    product.verify().unwrap_or_else(|complaints| panic!("{complaints}"));
}
