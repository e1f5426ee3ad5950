//! Code that must not compile. A case is a file of `cases/<crate>/`: its first line is the rule that it breaks, and the
//! file next to it contains the message of the compiler, which must be a helpful sentence. Files in
//! `cases/<crate>/fine/` must compile: without them a case could fail because the harness is broken.
//!
//! A case can name exactly what its crate can name: the externs come from that crate's manifest, and its dependencies
//! are checked without test features. That, and a result within seconds (it uses the artifacts of the workspace), is
//! why this is not `trybuild`.
//!
//! The recorded part is the compiler's message, labels and notes, without positions in our own sources and without
//! lists of types, which change with every edit elsewhere.

mod cases;
mod compiler;
mod message;

pub use cases::House;

use std::path::PathBuf;

/// The folder of this package, in the checkout for which cargo runs the tests.
#[expect(clippy::disallowed_methods, reason = "cargo tells the tests it runs where they belong")]
fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}
