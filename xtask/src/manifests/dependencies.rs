//! The allowed dependencies between the crates. The table is the rule; the rest reads it.

use std::fmt::Write;

use cargo_metadata::{DependencyKind, Metadata, Package};

use crate::finding::Finding;
use crate::repository::Repository;

/// A crate of the product, and the dependencies that its manifest may name.
struct ProductCrate {
    package: &'static str,
    folder: &'static str,
    /// The crates of the product below it.
    below: &'static [&'static str],
    /// Its allowed external packages.
    external: External,
}

enum External {
    /// These and no others; the text is the message for a package that no refusal names.
    Only(&'static [&'static str], &'static [Refusal], &'static str),
    /// All but the refused ones.
    AllBut(&'static [Refusal]),
}

/// Packages that a crate must not name, with the reason and the alternative.
struct Refusal {
    what: &'static str,
    packages: &'static [&'static str],
    why: &'static str,
}

const HTTP: &[&str] = &[
    "axum",
    "axum-core",
    "axum-extra",
    "h2",
    "http",
    "http-body",
    "http-body-util",
    "hyper",
    "hyper-util",
    "matchit",
    "tower",
    "tower-http",
    "tower-layer",
    "tower-service",
];

/// Packages that speak to another program, or to a database in the process.
const DRIVERS: &[&str] = &[
    "bb8",
    "bson",
    "deadpool",
    "diesel",
    "fred",
    "lettre",
    "libsqlite3-sys",
    "mongodb",
    "oauth2",
    "openidconnect",
    "redis",
    "reqwest",
    "rusqlite",
    "sea-orm",
    "sqlx",
    "tokio-rusqlite",
    "ureq",
];

/// The crates of the product. Dependencies go down: app -> modules -> lib -> core, app -> core, modules -> core.
const PRODUCT: &[ProductCrate] = &[
    ProductCrate {
        package: "palisade",
        folder: "crates/app",
        below: &["palisade-core", "palisade-modules"],
        external: External::Only(
            &["clap", "clap_complete", "clap_mangen", "tokio", "tracing"],
            &[
                Refusal {
                    what: "HTTP",
                    packages: HTTP,
                    why: "a server serves only declared Palisade routes. Only crates/core speaks HTTP; add a missing feature there, to the route builder or to an output",
                },
                Refusal {
                    what: "drivers",
                    packages: DRIVERS,
                    why: "routes reach data only through a service. Put the connection into crates/lib and the query into a module's repository",
                },
            ],
            "a route declares, it does not compute. Do the work in a service of crates/modules",
        ),
    },
    ProductCrate {
        package: "palisade-modules",
        folder: "crates/modules",
        below: &["palisade-core", "palisade-lib"],
        external: External::AllBut(&[
            Refusal {
                what: "HTTP",
                packages: HTTP,
                why: "a service knows no transport. Pass its input as typed arguments",
            },
            Refusal {
                what: "drivers",
                packages: DRIVERS,
                why: "a connection belongs to crates/lib. Ask `palisade-lib` for it, and keep the query in the module's repository",
            },
        ]),
    },
    ProductCrate {
        package: "palisade-lib",
        folder: "crates/lib",
        below: &["palisade-core"],
        external: External::AllBut(&[Refusal {
            what: "routers",
            packages: &["axum", "axum-core", "axum-extra", "matchit"],
            why: "a connection serves nobody. Only crates/core speaks HTTP to callers",
        }]),
    },
    ProductCrate {
        package: "palisade-core",
        folder: "crates/core",
        below: &[],
        external: External::AllBut(&[Refusal {
            what: "drivers",
            packages: DRIVERS,
            why: "core builds no connection. Declare a port in core and implement it in crates/lib",
        }]),
    },
];

/// A package that is useful without the product, and the crates of the product that may use it.
struct Independent {
    package: &'static str,
    folder: &'static str,
    what: &'static str,
    used_by: &'static [&'static str],
}

/// None of them depends on a crate of the product.
const INDEPENDENT: &[Independent] = &[Independent {
    package: "palisade-bcrypt",
    folder: "crates/bcrypt",
    what: "several bcrypts at once on one core",
    used_by: &["palisade-core"],
}];

/// Packages that test, measure or build the product, and may therefore depend on it. The product depends on none of
/// them.
pub(super) const TOOLS: &[&str] = &[
    "palisade-api-tests",
    "palisade-bench",
    "palisade-compile-fail",
    "palisade-house",
    "palisade-limits-bench",
    "palisade-product",
    "palisade-test",
    "xtask",
];

/// Names that would hide a crate of the language in every crate that depends on them.
const LANGUAGE: &[&str] = &["alloc", "core", "proc_macro", "std", "test"];

/// Checks every dependency in the workspace.
pub(super) fn check(repository: &Repository, metadata: &Metadata) -> Vec<Finding> {
    let members: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    let crates = PRODUCT.iter().map(|krate| (krate.package, krate.folder));
    let independent = INDEPENDENT.iter().map(|one| (one.package, one.folder));
    for (package, folder) in crates.chain(independent) {
        if !members.contains(&package) {
            let message = format!("the package `{package}` is missing");
            findings.push(Finding::file(format!("{folder}/Cargo.toml"), message));
        }
    }
    for package in &metadata.packages {
        let manifest = repository.relative(package.manifest_path.as_std_path());
        if LANGUAGE.contains(&package.name.replace('-', "_").as_str()) {
            let message =
                format!("a package called `{0}` would hide `::{0}`: choose another name", package.name);
            findings.push(Finding::file(&manifest, message));
        }
        for message in refusals(package, &members) {
            findings.push(Finding::file(&manifest, message));
        }
    }
    findings
}

fn refusals(package: &Package, members: &[&str]) -> Vec<String> {
    let name = package.name.as_str();
    let krate = PRODUCT.iter().find(|krate| krate.package == name);
    let mut messages = Vec::new();
    for dependency in &package.dependencies {
        let on = dependency.name.as_str();
        let is_member = members.contains(&on);
        let why = match krate {
            // Tests may use any library, but a dependency on a higher layer would be a cycle.
            Some(_) if dependency.kind == DependencyKind::Development && !is_member => None,
            Some(krate) if is_member => krate.refuses_member(on),
            Some(krate) => krate.external.refuses(on).map(str::to_owned),
            None if in_product(on) && !TOOLS.contains(&name) => Some(
                "the package is independent of the product. If it tests, measures or builds the product, list it in `TOOLS` \
                 (xtask/src/manifests/dependencies.rs)"
                    .to_owned(),
            ),
            None => None,
        };
        if let Some(why) = why {
            messages.push(format!("`{name}` may not depend on `{on}`: {why}"));
        }
    }
    messages.sort();
    messages.dedup();
    messages
}

fn in_product(name: &str) -> bool {
    PRODUCT.iter().any(|krate| krate.package == name)
}

impl ProductCrate {
    fn refuses_member(&self, on: &str) -> Option<String> {
        if let Some(independent) = INDEPENDENT.iter().find(|one| one.package == on) {
            let refused = !independent.used_by.contains(&self.package);
            return refused.then(|| format!("only {} may use it", quoted(independent.used_by)));
        }
        // A package that does not depend on the product is a library like any other.
        if self.below.contains(&on) || self.package == on || !(in_product(on) || TOOLS.contains(&on)) {
            return None;
        }
        if TOOLS.contains(&on) {
            return Some("it is a tool; the product depends on none of its tools".to_owned());
        }
        let allowed = if self.below.is_empty() {
            "no other crate of the product".to_owned()
        } else {
            quoted(self.below)
        };
        Some(format!("the crates are layers: app -> modules -> lib -> core. It may depend on {allowed}"))
    }
}

impl External {
    fn refuses(&self, on: &str) -> Option<&'static str> {
        let (allowed, refusals, otherwise) = match self {
            Self::Only(allowed, refusals, otherwise) => (*allowed, *refusals, Some(*otherwise)),
            Self::AllBut(refusals) => (&[] as &[&str], *refusals, None),
        };
        if allowed.contains(&on) {
            return None;
        }
        let named = refusals.iter().find(|refusal| refusal.packages.contains(&on));
        named.map(|refusal| refusal.why).or(otherwise)
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The table as a page of the documentation.
pub(crate) fn document() -> String {
    let mut page = String::from(
        "<!-- generated by `cargo xtask generate` from xtask/src/manifests/dependencies.rs and xtask/src/sources/table.rs -->\n\n# Dependencies between crates\n\n\
         The crates are layers, and dependencies go down: app → modules → lib → core, app → core, modules → core.\n\
         `cargo xtask check-manifests` and `cargo test` enforce this table.\n\n\
         | crate | package | product crates | external packages | must not name |\n|---|---|---|---|---|\n",
    );
    for krate in PRODUCT {
        let below = if krate.below.is_empty() { "–".to_owned() } else { quoted(krate.below) };
        let (external, refusals) = match &krate.external {
            External::Only(allowed, refusals, _) => (quoted(allowed), *refusals),
            External::AllBut(refusals) => ("anything else".to_owned(), *refusals),
        };
        let refused = refusals.iter().map(|refusal| refusal.what).collect::<Vec<_>>().join(", ");
        let _ =
            writeln!(page, "| {} | `{}` | {below} | {external} | {refused} |", krate.folder, krate.package);
    }
    let _ = write!(
        page,
        "\nIndependent packages, which are useful without the product:\n\n\
         | folder | package | purpose | used by |\n|---|---|---|---|\n"
    );
    for Independent { package, folder, what, used_by } in INDEPENDENT {
        let _ = writeln!(page, "| {folder} | `{package}` | {what} | {} |", quoted(used_by));
    }
    let _ = write!(page, "\n## Why\n\n");
    for krate in PRODUCT {
        let (External::Only(_, refusals, _) | External::AllBut(refusals)) = &krate.external;
        for refusal in *refusals {
            let _ = writeln!(page, "- `{}`, {}: {}.", krate.package, refusal.what, refusal.why);
        }
    }
    let _ = writeln!(
        page,
        "\nOnly {} may depend on\n\
         the product, which depends on none of them. No package is called {}: it would hide the crate of that name.\n\
         Tests may use any library, but no crate of a higher layer.\n\n## Categories\n\n- HTTP: {}\n- drivers: {}",
        quoted(TOOLS),
        quoted(LANGUAGE),
        quoted(HTTP),
        quoted(DRIVERS),
    );
    page
}
