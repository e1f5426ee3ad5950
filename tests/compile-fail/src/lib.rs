//! Code that must not compile. A case is a file of `cases/<house>/`: its first line is the rule that it breaks, and
//! the file beside it contains the message of the compiler, which must be a helpful sentence. Files in
//! `cases/<house>/fine/` must compile: without them a case could fail because the harness is broken.
//!
//! A case sees exactly what the crate of its house sees: the externs are read from that crate's own manifest, its
//! dependencies are checked without any test feature, and nothing else can be named. That, and an answer within
//! seconds (the artifacts of the workspace are used, nothing is built twice), is why this is not `trybuild`.
//!
//! The recorded part is the compiler's message, labels and notes, without the places inside our own sources and
//! without lists of types: they change with every line that is added elsewhere.

mod cases;
mod compiler;
mod said;

pub use cases::House;

use std::path::PathBuf;

/// This package, in the checkout that cargo runs the tests of.
#[expect(clippy::disallowed_methods, reason = "cargo tells the tests it runs where they belong")]
fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}
