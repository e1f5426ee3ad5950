//! Somebody's own product, as far as its manifest goes: the packages its routes and its modules may name, and no test
//! feature. It stands outside the four crates, so nothing `pub(crate)` can be seen from here.
//!
//! What such a product must not do is tried twice. What does not compile is a case of
//! `tests/compile-fail/cases/product`; what only the start can refuse is a test beside this file, which mounts it or
//! opens it.
