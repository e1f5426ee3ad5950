//! Checking every manifest of the workspace.

use cargo_metadata::{Metadata, MetadataCommand};

use super::{dependencies, inheritance};
use crate::finding::Failure;
use crate::repository::Repository;

/// Checks every manifest of the workspace.
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    let metadata = metadata(repository)?;
    let mut findings = dependencies::check(repository, &metadata);
    findings.extend(inheritance::check(repository, &metadata)?);
    Failure::unless_empty(findings)
}

fn metadata(repository: &Repository) -> Result<Metadata, Failure> {
    MetadataCommand::new()
        .manifest_path(repository.path("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|error| Failure::broken("reading the manifests", error))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;

    /// A copy of the manifests of this repository, in which a test can alter one.
    struct Copy(TempDir);

    impl Copy {
        fn of_workspace() -> Self {
            let ours = Repository::here();
            let copy = Self(tempfile::tempdir().unwrap());
            copy.write("Cargo.toml", &ours.read("Cargo.toml").unwrap());
            for package in metadata(&ours).unwrap().packages {
                let manifest = ours.relative(package.manifest_path.as_std_path());
                copy.write(&manifest, &ours.read(&manifest).unwrap());
                for target in package.targets {
                    copy.write(&ours.relative(target.src_path.as_std_path()), "");
                }
            }
            copy
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn alter(self, path: &str, from: &str, to: &str) -> Self {
            let text = fs::read_to_string(self.0.path().join(path)).unwrap();
            assert!(text.contains(from), "{path} has no {from:?} to alter");
            self.write(path, &text.replacen(from, to, 1));
            self
        }

        fn add(self, path: &str, text: &str) -> Self {
            self.write(path, text);
            self
        }

        fn findings(&self) -> Vec<String> {
            match check(&Repository::at(Path::new(self.0.path()))) {
                Ok(()) => Vec::new(),
                Err(Failure::Findings(findings)) => findings.iter().map(ToString::to_string).collect(),
                Err(other) => panic!("{other}"),
            }
        }

        #[track_caller]
        fn is_refused_with(&self, expected: &str) {
            assert_eq!(self.findings(), [expected]);
        }
    }

    const APP: &str = "crates/app/Cargo.toml";
    const MODULES: &str = "crates/modules/Cargo.toml";
    const LIB: &str = "crates/lib/Cargo.toml";
    const CORE: &str = "crates/core/Cargo.toml";
    const BCRYPT: &str = "crates/bcrypt/Cargo.toml";
    const DEPENDENCIES: &str = "[dependencies]\n";

    fn with(manifest: &str, dependency: &str) -> Copy {
        let dependencies = format!("[dependencies]\n{dependency}.workspace = true\n");
        Copy::of_workspace().alter(manifest, DEPENDENCIES, &dependencies)
    }

    #[test]
    fn the_manifests_keep_the_rules() {
        check(&Repository::here()).unwrap_or_else(|failure| panic!("{failure}"));
    }

    #[test]
    fn a_copy_of_the_manifests_keeps_the_rules() {
        assert_eq!(Copy::of_workspace().findings(), [""; 0]);
    }

    #[test]
    fn app_may_not_depend_on_a_driver() {
        with(APP, "rusqlite").is_refused_with(
            "crates/app/Cargo.toml: `palisade` may not depend on `rusqlite`: routes reach data only through a service. \
             Put the connection into crates/lib and the query into a module's repository",
        );
    }

    #[test]
    fn app_may_not_depend_on_http() {
        with(APP, "hyper").is_refused_with(
            "crates/app/Cargo.toml: `palisade` may not depend on `hyper`: a server serves only declared Palisade routes. \
             Only crates/core speaks HTTP; add a missing feature there, to the route builder or to an output",
        );
    }

    #[test]
    fn app_may_not_depend_on_lib() {
        with(APP, "palisade-lib").is_refused_with(
            "crates/app/Cargo.toml: `palisade` may not depend on `palisade-lib`: the crates are layers: app -> modules -> lib -> core. \
             It may depend on `palisade-core`, `palisade-modules`",
        );
    }

    #[test]
    fn app_may_depend_only_on_its_list() {
        with(APP, "url").is_refused_with(
            "crates/app/Cargo.toml: `palisade` may not depend on `url`: a route declares, it does not compute. \
             Do the work in a service of crates/modules",
        );
    }

    #[test]
    fn modules_may_not_depend_on_http_or_a_driver() {
        with(MODULES, "hyper").is_refused_with(
            "crates/modules/Cargo.toml: `palisade-modules` may not depend on `hyper`: a service knows no transport. \
             Pass its input as typed arguments",
        );
        with(MODULES, "lettre").is_refused_with(
            "crates/modules/Cargo.toml: `palisade-modules` may not depend on `lettre`: a connection belongs to crates/lib. \
             Ask `palisade-lib` for it, and keep the query in the module's repository",
        );
    }

    #[test]
    fn lib_may_not_depend_on_a_router_or_a_higher_layer() {
        with(LIB, "matchit").is_refused_with(
            "crates/lib/Cargo.toml: `palisade-lib` may not depend on `matchit`: a connection serves nobody. \
             Only crates/core speaks HTTP to callers",
        );
        with(LIB, "palisade-modules").is_refused_with(
            "crates/lib/Cargo.toml: `palisade-lib` may not depend on `palisade-modules`: the crates are layers: app -> modules -> lib -> core. \
             It may depend on `palisade-core`",
        );
    }

    #[test]
    fn core_may_not_depend_on_a_driver_or_a_higher_layer() {
        with(CORE, "rusqlite").is_refused_with(
            "crates/core/Cargo.toml: `palisade-core` may not depend on `rusqlite`: core builds no connection. \
             Declare a port in core and implement it in crates/lib",
        );
        with(CORE, "palisade-lib").is_refused_with(
            "crates/core/Cargo.toml: `palisade-core` may not depend on `palisade-lib`: the crates are layers: app -> modules -> lib -> core. \
             It may depend on no other crate of the product",
        );
    }

    #[test]
    fn renamed_and_platform_dependencies_are_checked() {
        Copy::of_workspace()
            .alter("Cargo.toml", "[workspace.dependencies]\n", "[workspace.dependencies]\ndata = { package = \"mongodb\", version = \"3\" }\n")
            .alter(APP, "[features]", "[target.'cfg(unix)'.dependencies]\ndata.workspace = true\n\n[features]")
            .is_refused_with(
                "crates/app/Cargo.toml: `palisade` may not depend on `mongodb`: routes reach data only through a service. \
                 Put the connection into crates/lib and the query into a module's repository",
            );
    }

    #[test]
    fn an_unlisted_package_may_not_depend_on_the_product() {
        Copy::of_workspace()
            .alter("Cargo.toml", "\"xtask\"", "\"xtask\", \"extra\"")
            .add("extra/src/lib.rs", "")
            .add(
                "extra/Cargo.toml",
                "[package]\nname = \"extra\"\nversion.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
                 license.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\npalisade-core.workspace = true\n",
            )
            .is_refused_with(
                "extra/Cargo.toml: `extra` may not depend on `palisade-core`: the package is independent of the product. \
             If it tests, measures or builds the product, list it in `TOOLS` (xtask/src/manifests/dependencies.rs)",
            );
    }

    #[test]
    fn an_independent_package_may_not_depend_on_the_product() {
        with(BCRYPT, "palisade-core").is_refused_with(
            "crates/bcrypt/Cargo.toml: `palisade-bcrypt` may not depend on `palisade-core`: the package is independent of the product. \
             If it tests, measures or builds the product, list it in `TOOLS` (xtask/src/manifests/dependencies.rs)",
        );
    }

    #[test]
    fn only_core_may_use_palisade_bcrypt() {
        assert!(std::fs::read_to_string(Repository::here().path(CORE)).unwrap().contains("palisade-bcrypt"));
        with(MODULES, "palisade-bcrypt").is_refused_with(
            "crates/modules/Cargo.toml: `palisade-modules` may not depend on `palisade-bcrypt`: only `palisade-core` may use it",
        );
        with(APP, "palisade-bcrypt").is_refused_with(
            "crates/app/Cargo.toml: `palisade` may not depend on `palisade-bcrypt`: only `palisade-core` may use it",
        );
    }

    #[test]
    fn no_package_hides_a_standard_crate() {
        let found =
            Copy::of_workspace().alter("xtask/Cargo.toml", "name = \"xtask\"", "name = \"core\"").findings();
        assert!(found.iter().any(|text| text.contains("would hide `::core`")), "{found:#?}");
    }

    #[test]
    fn own_package_settings_are_refused() {
        Copy::of_workspace().alter(CORE, "edition.workspace = true", "edition = \"2021\"").is_refused_with(
            "crates/core/Cargo.toml: `package.edition` is set here: write `edition.workspace = true`, so that only the root manifest sets it",
        );
    }

    #[test]
    fn own_lints_are_refused() {
        Copy::of_workspace().alter(LIB, "[lints]\nworkspace = true\n", "").is_refused_with(
            "crates/lib/Cargo.toml: the lints of the workspace are not in force: write `[lints]` with `workspace = true`",
        );
    }

    #[test]
    fn own_dependency_versions_are_refused() {
        Copy::of_workspace().alter(LIB, "rusqlite.workspace = true", "rusqlite = \"0.30\"").is_refused_with(
            "crates/lib/Cargo.toml: `rusqlite` does not come from the workspace: declare it in `[workspace.dependencies]` of the root \
             manifest and write `rusqlite.workspace = true`",
        );
    }

    #[test]
    fn the_test_clock_is_refused_outside_tests() {
        let line = "palisade-core = { workspace = true, features = [\"test-clock\"] }";
        Copy::of_workspace().alter(MODULES, "palisade-core.workspace = true", line).is_refused_with(
            "crates/modules/Cargo.toml: `palisade-core` is taken with `test-clock`: a caller could set the time. \
             Ask for that feature under `[dev-dependencies]` only",
        );
    }
}
