//! What the manifests of a product may say, and must.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::finding::Finding;

/// Packages that let a caller set the time.
const FOR_TESTS: &str = "palisade-test";

/// The feature that does so.
const TEST_CLOCK: &str = "test-clock";

/// Packages that serve requests without Palisade's rules.
const FRAMEWORKS: &[&str] =
    &["actix-web", "axum", "hyper", "poem", "rocket", "salvo", "tide", "tower-http", "warp"];

/// Packages that keep data outside of Palisade's store.
const DRIVERS: &[&str] = &[
    "diesel",
    "mongodb",
    "postgres",
    "redis",
    "rusqlite",
    "sea-orm",
    "sqlx",
    "tokio-postgres",
    "tokio-rusqlite",
];

/// A manifest, parsed.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Its path from the package, with `/` between its parts.
    pub(super) path: String,
    text: String,
    pub(super) table: Table,
}

/// The manifest of a package, and that of its workspace, which may be the same.
#[derive(Debug)]
pub(super) struct Manifests {
    pub(super) package: Manifest,
    pub(super) root: Manifest,
}

impl Manifest {
    fn read(folder: &Path, path: String) -> Result<Self, String> {
        let file = folder.join("Cargo.toml");
        let text =
            fs::read_to_string(&file).map_err(|error| format!("reading {}: {error}", file.display()))?;
        let table = text.parse().map_err(|error| format!("reading {}: {error}", file.display()))?;
        Ok(Self { path, text, table })
    }

    /// About the line that sets this key, or about the file if there is none.
    pub(super) fn finding(&self, key: &str, message: impl Into<String>) -> Finding {
        let sets = |line: &str| {
            let rest = line.trim_start().strip_prefix(key).unwrap_or_default();
            rest.trim_start().starts_with(['=', '.']) || line.trim_end().ends_with(&format!(".{key}]"))
        };
        match self.text.lines().position(sets) {
            Some(before) => Finding::line(&self.path, before + 1, message),
            None => Finding::file(&self.path, message),
        }
    }
}

impl Manifests {
    /// Reads them. The root is the manifest with `[workspace]` in the folder of the package or above it.
    pub(super) fn read(package: &Path) -> Result<Self, String> {
        let read = |folder: &Path, above: usize| {
            Manifest::read(folder, format!("{}Cargo.toml", "../".repeat(above)))
        };
        let own = read(package, 0)?;
        for (above, folder) in package.ancestors().enumerate() {
            if !folder.join("Cargo.toml").is_file() {
                continue;
            }
            let root = read(folder, above)?;
            if root.table.contains_key("workspace") {
                return Ok(Self { package: own, root });
            }
        }
        Ok(Self { package: own, root: read(package, 0)? })
    }
}

/// The package of the store.
const STORE: &str = "palisade-lib";

/// What a package consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) has_routes: bool,
    pub(super) has_modules: bool,
}

/// Checks the dependencies of the package and the profile of its workspace.
pub(super) fn check(manifests: &Manifests, parts: Parts) -> Vec<Finding> {
    let Parts { has_routes, has_modules } = parts;
    let Manifests { package, root } = manifests;
    let mut findings = Vec::new();
    for (key, value) in shipped(&package.table) {
        let name = value.get("package").and_then(Value::as_str).unwrap_or(key);
        let mut refuse = |message: String| findings.push(package.finding(key, message));
        if name == FOR_TESTS {
            refuse(format!("`{name}` lets a caller set the time: take it under `[dev-dependencies]` only"));
        }
        if has_feature(value) {
            refuse(format!(
                "`{name}` is taken with `{TEST_CLOCK}`: a caller could set the time. Ask for that feature under \
                 `[dev-dependencies]` only"
            ));
        }
        if has_routes && !has_modules && name == STORE {
            refuse(format!(
                "`{name}` in a package of routes alone: routes reach data only through a service. Take the package of the modules, \
                 and have it name its collections (`pub const COLLECTIONS: Collections = collections![…]`)"
            ));
        }
        if has_routes && FRAMEWORKS.contains(&name) {
            refuse(format!(
                "`{name}` beside routes: a server serves only declared Palisade routes. Declare this one with the route builder, \
                 or keep a server of your own in a package of its own"
            ));
        }
        if has_routes && DRIVERS.contains(&name) {
            refuse(format!(
                "`{name}` beside routes: routes reach data only through a service, and data of the product belong into its \
                 collections. Keep another connection in a package of its own, which a service calls"
            ));
        }
    }
    if !hashes_fast(&root.table) {
        let message = "password hashes are not optimized in development, so a sign-in takes seconds: add \
                       `[profile.dev.package.palisade-bcrypt]` with `opt-level = 3`";
        findings.push(root.finding("opt-level-of-palisade-bcrypt", message));
    }
    findings
}

/// The dependencies of what is shipped, also the platform-specific ones.
fn shipped(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let places = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    places
        .flat_map(|place| ["dependencies", "build-dependencies"].map(|name| place.get(name)))
        .flatten()
        .filter_map(Value::as_table)
        .flatten()
}

fn has_feature(dependency: &Value) -> bool {
    let features = dependency.get("features").and_then(Value::as_array);
    features.is_some_and(|names| names.iter().any(|name| name.as_str() == Some(TEST_CLOCK)))
}

/// Whether a development build optimizes the package of hashes.
fn hashes_fast(root: &Table) -> bool {
    let Some(dev) = root.get("profile").and_then(|profile| profile.get("dev")) else { return false };
    let packages = dev.get("package");
    let of = |name: &str| packages.and_then(|packages| packages.get(name));
    let places = [of("palisade-bcrypt"), of("*"), Some(dev)];
    let level = places.into_iter().flatten().find_map(|place| place.get("opt-level"));
    level.and_then(Value::as_integer).is_some_and(|level| level >= 2)
}
