//! The pages of `docs` as a book.

use std::collections::BTreeSet;
use std::process::Command;

use super::tools::{Tools, installed};
use crate::finding::{Failure, Finding};
use crate::outcome::Outcome;
use crate::repository::Repository;

const PROGRAM: &str = "mdbook";
const CONTENTS: &str = "docs/SUMMARY.md";
/// Pages that are no chapters.
const LEFT_OUT: &[&str] = &["SUMMARY.md", "decisions/0000-template.md"];

/// Builds the book, which has every page as a chapter. Its builder is installed into a cache folder if missing.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    every_page_is_a_chapter(repository)?;
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    install.arg(PROGRAM).status().map_err(|error| Failure::broken("scripts/install-test-tools.sh", error))?;
    let Some(program) = installed(PROGRAM) else {
        return Tools::find(repository)?.skip_without(PROGRAM);
    };
    let built = Command::new(program).args(["build", "docs"]).current_dir(repository.path("")).output();
    let built = built.map_err(|error| Failure::broken("running mdbook", error))?;
    let said = String::from_utf8_lossy(&[built.stdout, built.stderr].concat()).into_owned();
    if !built.status.success() || ["WARN", "ERROR"].iter().any(|level| said.contains(level)) {
        return Err(Failure::Broken(format!("the book has mistakes:\n{said}")));
    }
    Ok(Outcome::Done)
}

fn every_page_is_a_chapter(repository: &Repository) -> Result<(), Failure> {
    let contents = repository.read(CONTENTS)?;
    let listed: BTreeSet<&str> =
        contents.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let pages = repository.pages("docs")?;
    let missing = pages.iter().filter_map(|page| {
        let page = page.strip_prefix("docs/")?;
        let is_missing = !(listed.contains(page) || LEFT_OUT.contains(&page));
        is_missing.then(|| Finding::file(CONTENTS, format!("does not list {page}")))
    });
    Failure::unless_empty(missing.collect())
}
