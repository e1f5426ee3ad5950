//! Checking every rule.

use palisade_house::{Parsed, parse};

use super::routes;
use super::table::HOUSE;
use crate::finding::Failure;
use crate::repository::Repository;

/// Checks every Rust file of the repository against every rule.
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    let files = read(repository)?;
    let mut findings = HOUSE.check(&files);
    findings.extend(routes::check(&files));
    Failure::unless_empty(findings)
}

fn read(repository: &Repository) -> Result<Vec<Parsed>, Failure> {
    parse(&repository.path("")).map_err(Failure::Broken)
}

#[cfg(test)]
mod tests {
    use palisade_house::{Finding, House};

    use super::*;
    use crate::sources::table::CRATES;

    #[test]
    fn the_sources_keep_the_rules() {
        check(&Repository::here()).unwrap_or_else(|failure| panic!("{failure}"));
    }

    #[test]
    fn every_layer_of_a_table_exists() {
        let files = read(&Repository::here()).unwrap();
        for krate in CRATES {
            let empty: Vec<&str> = krate.without_files(&files).iter().map(|layer| layer.name).collect();
            assert_eq!(
                empty, [""; 0],
                "{}: no file is in these layers: remove them from the table",
                krate.folder
            );
        }
    }

    #[test]
    fn every_rule_accepts_its_good_fixture_and_reports_its_bad_one() {
        for name in House::rules().chain(["routes"]) {
            let findings_of = |which: &str| {
                let fixture = Repository::here().path(&format!("xtask/fixtures/{name}/{which}"));
                assert!(fixture.is_dir(), "the rule `{name}` has no {which} fixture");
                let files = read(&Repository::at(fixture)).unwrap();
                let mut findings: Vec<Finding> =
                    HOUSE.check_one(name, &files).unwrap_or_else(|| routes::check(&files));
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
