//! The allowed dependencies between the crates. The table is the rule; the rest reads it.

use std::fmt::Write;

use cargo_metadata::{DependencyKind, Metadata, Package};

use crate::finding::Finding;
use crate::repository::Repository;

/// A crate of the product and the allowed content of its manifest.
struct Room {
    package: &'static str,
    folder: &'static str,
    /// The crates of the product below it.
    below: &'static [&'static str],
    /// Its allowed external packages.
    outside: Outside,
}

enum Outside {
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

/// The product. Arrows go down: app -> modules -> lib -> core, app -> core, modules -> core; none back.
const HOUSE: &[Room] = &[
    Room {
        package: "palisade",
        folder: "crates/app",
        below: &["palisade-core", "palisade-modules"],
        outside: Outside::Only(
            &["clap", "tokio", "tracing"],
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
    Room {
        package: "palisade-modules",
        folder: "crates/modules",
        below: &["palisade-core", "palisade-lib"],
        outside: Outside::AllBut(&[
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
    Room {
        package: "palisade-lib",
        folder: "crates/lib",
        below: &["palisade-core"],
        outside: Outside::AllBut(&[Refusal {
            what: "routers",
            packages: &["axum", "axum-core", "axum-extra", "matchit"],
            why: "a connection serves nobody. Only crates/core speaks HTTP to callers",
        }]),
    },
    Room {
        package: "palisade-core",
        folder: "crates/core",
        below: &[],
        outside: Outside::AllBut(&[Refusal {
            what: "drivers",
            packages: DRIVERS,
            why: "core builds no connection. Declare a port in core and implement it in crates/lib",
        }]),
    },
];

/// A package beside the four that is useful on its own, and the crates of the product that may use it.
struct Beside {
    package: &'static str,
    folder: &'static str,
    what: &'static str,
    taken_by: &'static [&'static str],
}

/// They stand on their own: none of them depends on a crate of the product.
const BESIDE: &[Beside] = &[Beside {
    package: "palisade-bcrypt",
    folder: "crates/bcrypt",
    what: "several bcrypts at once on one core",
    taken_by: &["palisade-core"],
}];

/// Packages that test, measure or build the product, and may therefore depend on it. The product depends on none of
/// them.
pub(super) const TOOLS: &[&str] = &[
    "palisade-api-tests",
    "palisade-bench",
    "palisade-compile-fail",
    "palisade-limits-bench",
    "palisade-product",
    "xtask",
];

/// Names that would hide a crate of the language in every crate that depends on them.
const LANGUAGE: &[&str] = &["alloc", "core", "proc_macro", "std", "test"];

/// Checks every arrow of the workspace.
pub(super) fn check(repository: &Repository, metadata: &Metadata) -> Vec<Finding> {
    let members: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    let rooms = HOUSE.iter().map(|room| (room.package, room.folder));
    let beside = BESIDE.iter().map(|beside| (beside.package, beside.folder));
    for (package, folder) in rooms.chain(beside) {
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
    let room = HOUSE.iter().find(|room| room.package == name);
    let mut messages = Vec::new();
    for dependency in &package.dependencies {
        let on = dependency.name.as_str();
        let inside = members.contains(&on);
        let why = match room {
            // Tests may use any library, but an upward arrow would lead to a circle.
            Some(_) if dependency.kind == DependencyKind::Development && !inside => None,
            Some(room) if inside => room.refuses_member(on),
            Some(room) => room.outside.refuses(on).map(str::to_owned),
            None if in_house(on) && !TOOLS.contains(&name) => Some(
                "a package beside the four stands on its own. If it tests, measures or builds the product, list it \
                 in `TOOLS` (xtask/src/manifests/arrows.rs)"
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

fn in_house(name: &str) -> bool {
    HOUSE.iter().any(|room| room.package == name)
}

impl Room {
    fn refuses_member(&self, on: &str) -> Option<String> {
        if let Some(beside) = BESIDE.iter().find(|beside| beside.package == on) {
            let refused = !beside.taken_by.contains(&self.package);
            return refused.then(|| format!("only {} takes it", quoted(beside.taken_by)));
        }
        // A package without an arrow into the product is a library like any other.
        if self.below.contains(&on) || self.package == on || !(in_house(on) || TOOLS.contains(&on)) {
            return None;
        }
        if TOOLS.contains(&on) {
            return Some("it is a tool around the product; the product does not know its tools".to_owned());
        }
        let way = if self.below.is_empty() {
            "to no other crate of the product".to_owned()
        } else {
            format!("through {}", quoted(self.below))
        };
        Some(format!("arrows go app -> modules -> lib -> core. From here go {way}"))
    }
}

impl Outside {
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
        "<!-- generated by `cargo xtask generate` from xtask/src/manifests/arrows.rs and xtask/src/sources/floors/table.rs -->\n\n# Dependencies between crates\n\n\
         Arrows go down: app → modules → lib → core, app → core, modules → core; none back. `cargo xtask check-manifests`\n\
         and `cargo test` enforce this table.\n\n\
         | crate | package | product crates | external packages | must not name |\n|---|---|---|---|---|\n",
    );
    for room in HOUSE {
        let below = if room.below.is_empty() { "–".to_owned() } else { quoted(room.below) };
        let (outside, refusals) = match &room.outside {
            Outside::Only(allowed, refusals, _) => (quoted(allowed), *refusals),
            Outside::AllBut(refusals) => ("anything else".to_owned(), *refusals),
        };
        let refused = refusals.iter().map(|refusal| refusal.what).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| {} | `{}` | {below} | {outside} | {refused} |", room.folder, room.package);
    }
    let _ = write!(
        page,
        "\nPackages beside the four, useful on their own and independent of them:\n\n\
         | folder | package | purpose | used by |\n|---|---|---|---|\n"
    );
    for Beside { package, folder, what, taken_by } in BESIDE {
        let _ = writeln!(page, "| {folder} | `{package}` | {what} | {} |", quoted(taken_by));
    }
    let _ = write!(page, "\n## Why\n\n");
    for room in HOUSE {
        let (Outside::Only(_, refusals, _) | Outside::AllBut(refusals)) = &room.outside;
        for refusal in *refusals {
            let _ = writeln!(page, "- `{}`, {}: {}.", room.package, refusal.what, refusal.why);
        }
    }
    let _ = writeln!(
        page,
        "\nA package beside the four stands on its own; only {} may depend on the product, which\n\
         depends on none of them. No package is called {}: it would hide the crate of that name. Tests may use any library,\n\
         except for arrows up.\n\n## Categories\n\n- HTTP: {}\n- drivers: {}",
        quoted(TOOLS),
        quoted(LANGUAGE),
        quoted(HTTP),
        quoted(DRIVERS),
    );
    page
}
