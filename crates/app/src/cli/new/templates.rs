//! The templates of sources, compiled.

use palisade_core::template_files;
use palisade_core::utils::templates::{TemplateError, Templates};

/// The files of a product, each with its template.
pub(super) const PRODUCT: [(&str, &str); 10] = [
    ("Cargo.toml", "product/Cargo.toml.txt"),
    ("README.md", "product/README.md.txt"),
    (".gitignore", "product/gitignore.txt"),
    ("clippy.toml", "product/clippy.toml.txt"),
    ("rust-toolchain.toml", "product/rust-toolchain.toml.txt"),
    ("rustfmt.toml", "product/rustfmt.toml.txt"),
    ("src/lib.rs", "product/lib.rs.txt"),
    ("src/main.rs", "product/main.rs.txt"),
    ("src/routes.rs", "product/routes.rs.txt"),
    ("tests/house.rs", "product/house.rs.txt"),
];

/// The files of a module in its folder, each with its template.
pub(super) const MODULE: [(&str, &str); 5] = [
    ("mod.rs", "module/mod.rs.txt"),
    ("repository.rs", "module/repository.rs.txt"),
    ("schema.rs", "module/schema.rs.txt"),
    ("service.rs", "module/service.rs.txt"),
    ("types.rs", "module/types.rs.txt"),
];

/// The routes of a module.
pub(super) const ROUTES: &str = "module/routes.rs.txt";

/// The tests of a module.
pub(super) const TEST: &str = "module/test.rs.txt";

/// Compiles all of them.
///
/// # Errors
/// When one does not compile.
pub(super) fn templates() -> Result<Templates, TemplateError> {
    Templates::new(template_files![
        "module/mod.rs.txt",
        "module/repository.rs.txt",
        "module/routes.rs.txt",
        "module/schema.rs.txt",
        "module/service.rs.txt",
        "module/test.rs.txt",
        "module/types.rs.txt",
        "product/Cargo.toml.txt",
        "product/README.md.txt",
        "product/clippy.toml.txt",
        "product/gitignore.txt",
        "product/house.rs.txt",
        "product/lib.rs.txt",
        "product/main.rs.txt",
        "product/routes.rs.txt",
        "product/rust-toolchain.toml.txt",
        "product/rustfmt.toml.txt",
    ])
}
