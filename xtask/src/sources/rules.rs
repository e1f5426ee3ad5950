//! Every rule of the source check, and checking them all.

use super::parsed::{Parsed, parse};
use super::{handlers, layers, mod_files, modules, names, routes, words, writes};
use crate::finding::{Failure, Finding};
use crate::repository::Repository;

type Rule = fn(&Repository, &[Parsed]) -> Result<Vec<Finding>, Failure>;

/// Every rule, by the name of its fixtures.
const RULES: &[(&str, Rule)] = &[
    ("layers", |_, files| Ok(layers::check(files))),
    ("handlers", |_, files| Ok(handlers::check(files))),
    ("mod_files", |_, files| Ok(mod_files::check(files))),
    ("routes", |_, files| Ok(routes::check(files))),
    ("modules", modules::check),
    ("names", |_, files| Ok(names::check(files))),
    ("words", |_, files| Ok(words::check(files))),
    ("writes", |_, files| Ok(writes::check(files))),
];

/// Checks every Rust file of the repository against every rule.
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    let files = parse(repository.sources()?)?;
    let mut findings = Vec::new();
    for (_, rule) in RULES {
        findings.extend(rule(repository, &files)?);
    }
    Failure::unless_empty(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_keep_the_rules() {
        check(&Repository::here()).unwrap_or_else(|failure| panic!("{failure}"));
    }

    #[test]
    fn every_rule_accepts_its_good_fixture_and_reports_its_bad_one() {
        for (name, rule) in RULES {
            let findings_of = |which: &str| {
                let fixture = Repository::here().path(&format!("xtask/fixtures/{name}/{which}"));
                assert!(fixture.is_dir(), "the rule `{name}` has no {which} fixture");
                let tree = Repository::at(fixture);
                let mut findings = rule(&tree, &parse(tree.sources().unwrap()).unwrap()).unwrap();
                findings.sort();
                findings.iter().map(ToString::to_string).collect::<Vec<_>>()
            };
            assert_eq!(findings_of("good"), [""; 0], "the good fixture of `{name}`");
            let expected = Repository::here().read(&format!("xtask/fixtures/{name}/bad.txt")).unwrap();
            assert!(!expected.is_empty(), "the bad fixture of `{name}` breaks nothing");
            assert_eq!(
                findings_of("bad"),
                expected.lines().collect::<Vec<_>>(),
                "the bad fixture of `{name}`"
            );
        }
    }
}
