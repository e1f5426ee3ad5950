//! The settings that a manifest inherits from the root.

use cargo_metadata::Metadata;
use toml::{Table, Value};

use super::dependencies::TOOLS;
use crate::finding::{Failure, Finding};
use crate::repository::Repository;

/// The fields of `[package]` that only the root manifest sets.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// The feature that lets a caller set the time.
const TEST_CLOCK: &str = "test-clock";

/// Checks every member of the workspace.
pub(super) fn check(repository: &Repository, metadata: &Metadata) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let path = repository.relative(package.manifest_path.as_std_path());
        let manifest: Table = repository
            .read(&path)?
            .parse()
            .map_err(|error| Failure::broken(format!("reading {path}"), error))?;
        findings.extend(messages(&manifest).into_iter().map(|message| Finding::file(&path, message)));
    }
    Ok(findings)
}

fn messages(manifest: &Table) -> Vec<String> {
    let mut messages = Vec::new();
    let package = manifest.get("package").and_then(Value::as_table);
    for field in INHERITED {
        if !package.and_then(|table| table.get(*field)).is_some_and(from_workspace) {
            messages.push(format!(
                "`package.{field}` is set here: write `{field}.workspace = true`, so that only the root manifest sets it"
            ));
        }
    }
    if !manifest.get("lints").is_some_and(from_workspace) {
        messages.push(
            "the lints of the workspace are not in force: write `[lints]` with `workspace = true`".to_owned(),
        );
    }
    for (table, shipped) in dependency_tables(manifest) {
        for (name, value) in table {
            if !from_workspace(value) {
                messages.push(format!(
                    "`{name}` does not come from the workspace: declare it in `[workspace.dependencies]` of the root \
                     manifest and write `{name}.workspace = true`"
                ));
            }
            if shipped && !is_tool(package) && has_feature(value) {
                messages.push(format!(
                    "`{name}` is taken with `{TEST_CLOCK}`: a caller could set the time. Ask for that feature under \
                     `[dev-dependencies]` only"
                ));
            }
        }
    }
    let defaults = manifest.get("features").and_then(|features| features.get("default"));
    if defaults.and_then(Value::as_array).is_some_and(|names| names.iter().any(names_clock)) {
        messages.push(format!("`{TEST_CLOCK}` is on by default: a caller could set the time"));
    }
    messages
}

/// A package that tests the product is never shipped.
fn is_tool(package: Option<&Table>) -> bool {
    package
        .and_then(|table| table.get("name"))
        .and_then(Value::as_str)
        .is_some_and(|name| TOOLS.contains(&name))
}

/// `x.workspace = true`, `x = { workspace = true, … }` and `[x]` with `workspace = true` are equal in TOML.
fn from_workspace(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

fn has_feature(dependency: &Value) -> bool {
    dependency.get("features").and_then(Value::as_array).is_some_and(|names| names.iter().any(names_clock))
}

fn names_clock(feature: &Value) -> bool {
    feature.as_str().is_some_and(|name| name.rsplit('/').next() == Some(TEST_CLOCK))
}

/// Every table of dependencies, also the platform-specific ones, and whether its packages are shipped.
fn dependency_tables(manifest: &Table) -> Vec<(&Table, bool)> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let places = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    places
        .flat_map(|place| {
            [("dependencies", true), ("build-dependencies", true), ("dev-dependencies", false)]
                .into_iter()
                .filter_map(|(name, shipped)| Some((place.get(name)?.as_table()?, shipped)))
        })
        .collect()
}
