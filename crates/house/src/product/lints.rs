//! The lints that a product must have on: what they refuse, nothing else finds.

use toml::Value;

use super::manifest::Manifests;
use crate::finding::Finding;

/// A lint that must be on.
struct Lint {
    tool: &'static str,
    name: &'static str,
    level: &'static str,
    why: &'static str,
}

const fn lint(tool: &'static str, name: &'static str, level: &'static str, why: &'static str) -> Lint {
    Lint { tool, name, level, why }
}

const LINTS: [Lint; 7] = [
    lint("rust", "unsafe_code", "forbid", "unsafe code can go around every rule"),
    lint(
        "clippy",
        "allow_attributes",
        "deny",
        "a lint that is switched off with `allow` stays off when its cause is gone",
    ),
    lint("clippy", "dbg_macro", "deny", "debug output is no log"),
    lint("clippy", "expect_used", "deny", "a request that panics is answered with 500 and without its cause"),
    lint("clippy", "print_stderr", "deny", "a server logs through `tracing`"),
    lint("clippy", "print_stdout", "deny", "a server logs through `tracing`"),
    lint("clippy", "unwrap_used", "deny", "a request that panics is answered with 500 and without its cause"),
];

/// Checks the lints of the package: its own, or those of the workspace.
pub(super) fn check(manifests: &Manifests) -> Vec<Finding> {
    let Manifests { package, root } = manifests;
    let own = package.table.get("lints");
    let inherits = own.and_then(|lints| lints.get("workspace")).and_then(Value::as_bool) == Some(true);
    let (lints, manifest, table) = if inherits {
        (root.table.get("workspace").and_then(|workspace| workspace.get("lints")), root, "workspace.lints")
    } else {
        (own, package, "lints")
    };
    let mut findings = Vec::new();
    for Lint { tool, name, level, why } in &LINTS {
        let set = lints.and_then(|lints| lints.get(tool)).and_then(|tool| tool.get(name));
        let set = set.and_then(|set| set.as_str().or_else(|| set.get("level").and_then(Value::as_str)));
        if set == Some(level) || set == Some("forbid") {
            continue;
        }
        let message = format!(
            "the lint `{name}` is not in force: {why}. Write `{name} = \"{level}\"` under `[{table}.{tool}]`"
        );
        findings.push(manifest.finding(name, message));
    }
    findings
}
