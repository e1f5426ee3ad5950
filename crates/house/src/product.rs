//! The house of a product: one package, or the packages of a workspace, each checked by a test of its own.

mod ambient;
mod floors;
mod lints;
mod manifest;
mod store;

use std::path::Path;

use crate::finding::Finding;
use crate::house::{Crate, House};
use crate::parsed::parse;
use manifest::{Manifests, Parts};

/// A package of a product: its routes are `src/routes` or `src/api`, and each folder of `src` that has a repository or a schema
/// is a module.
const HOUSE: House = House {
    routes: &["src/routes.rs", "src/routes/", "src/api.rs", "src/api/"],
    modules: "src",
    only_modules: false,
    staged: None,
    printing: &[],
    crates: &[Crate { folder: "src", name: "crate", layers: &[] }],
    table: "",
};

/// Checks the package in this folder: its sources, its manifest, and that of its workspace.
///
/// # Errors
/// What cannot be read or parsed.
pub fn check(package: &Path) -> Result<Vec<Finding>, String> {
    let files = parse(package)?;
    let mut findings = HOUSE.check(&files);
    findings.extend(store::check(&HOUSE, &files));
    findings.extend(floors::check(&HOUSE, &files));
    findings.extend(ambient::check(&files));
    let is_of_module = |path: &str| path.ends_with("/repository.rs") || path.ends_with("/schema.rs");
    let parts = Parts {
        has_routes: files.iter().any(|file| HOUSE.is_route(&file.path)),
        has_modules: files.iter().any(|file| file.path.starts_with("src/") && is_of_module(&file.path)),
    };
    let manifests = Manifests::read(package)?;
    findings.extend(manifest::check(&manifests, parts));
    findings.extend(lints::check(&manifests));
    findings.sort();
    findings.dedup();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
    }

    /// Lays the files of one folder over those of another.
    fn lay(from: &Path, over: &Path) {
        fs::create_dir_all(over).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = over.join(path.file_name().unwrap());
            if path.is_dir() {
                lay(&path, &to);
            } else {
                fs::copy(&path, &to).unwrap();
            }
        }
    }

    fn findings(package: &Path) -> Vec<String> {
        check(package).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_product_that_keeps_the_rules_has_no_findings() {
        let product = tempfile::tempdir().unwrap();
        lay(&fixtures().join("good"), product.path());
        assert_eq!(findings(product.path()), [""; 0]);
    }

    #[test]
    fn each_broken_rule_is_named_with_its_place_and_what_to_do_instead() {
        let mut rules = 0;
        for entry in fs::read_dir(fixtures().join("bad")).unwrap() {
            let changes = entry.unwrap().path();
            if !changes.is_dir() {
                continue;
            }
            let product = tempfile::tempdir().unwrap();
            lay(&fixtures().join("good"), product.path());
            lay(&changes, product.path());
            let expected = fs::read_to_string(changes.with_extension("txt")).unwrap();
            assert!(!expected.is_empty(), "{} breaks nothing", changes.display());
            assert_eq!(findings(product.path()).join("\n"), expected.trim_end(), "{}", changes.display());
            rules += 1;
        }
        assert_eq!(rules, 13);
    }

    #[test]
    fn a_package_of_routes_alone_does_not_take_the_store() {
        let product = tempfile::tempdir().unwrap();
        lay(&fixtures().join("good"), product.path());
        fs::remove_dir_all(product.path().join("src/orders")).unwrap();
        let found = findings(product.path());
        let expected = "Cargo.toml:8: `palisade-lib` in a package of routes alone: ";
        assert!(matches!(&*found, [one] if one.starts_with(expected)), "{found:#?}");
    }

    #[test]
    fn the_lints_and_the_profile_may_be_those_of_the_workspace() {
        let workspace = tempfile::tempdir().unwrap();
        let package = workspace.path().join("crates/app");
        lay(&fixtures().join("good"), &package);
        let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
        let (own, shared) = manifest.split_once("[lints.rust]").unwrap();
        fs::write(package.join("Cargo.toml"), format!("{own}[lints]\nworkspace = true\n")).unwrap();
        let shared = format!("[lints.rust]{shared}").replace("[lints.", "[workspace.lints.");
        fs::write(workspace.path().join("Cargo.toml"), format!("[workspace]\n{shared}")).unwrap();
        assert_eq!(findings(&package), [""; 0]);

        let shared = shared.replace("unsafe_code = \"forbid\"", "").replace("opt-level = 3", "");
        fs::write(workspace.path().join("Cargo.toml"), format!("[workspace]\n{shared}")).unwrap();
        let found = findings(&package);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found.iter().all(|text| text.starts_with("../../Cargo.toml: ")), "{found:#?}");
    }
}
