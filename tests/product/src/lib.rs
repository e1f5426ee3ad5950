//! A product that uses Palisade: it may name only the packages for routes and modules, without test features. It is
//! outside the four crates, so it sees nothing that is `pub(crate)`.
//!
//! The forbidden actions of such a product are tested in two places. Code that does not compile is a case of
//! `tests/compile-fail/cases/product`; mistakes that only the start refuses are integration tests here, which mount or
//! open them. `tests/owned.rs` is a small product that works: it serves its things in the world of the API tests, which only
//! tests may name.
