//! A product as its manifest sees Palisade: the packages that its routes and modules may name, and no test feature.
//! It is outside the four crates, so it sees nothing that is `pub(crate)`.
//!
//! The forbidden actions of such a product are tested in two places. Code that does not compile is a case of
//! `tests/compile-fail/cases/product`; mistakes that only the start can refuse are tests beside this file, which
//! mount or open them.
