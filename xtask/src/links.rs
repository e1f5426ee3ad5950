//! The links between the pages of this repository: each leads to a file that is there, and to a heading or an anchor in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::finding::{Failure, Finding};
use crate::repository::Repository;

/// Fails with every link that leads nowhere.
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    let paths = repository.pages("")?;
    let read = |path: String| repository.read(&path).map(|text| (path, text));
    let pages = paths.into_iter().map(read).collect::<Result<BTreeMap<_, _>, _>>()?;
    let mut findings = Vec::new();
    for (page, text) in &pages {
        for (line, target) in links(text) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { beside(page, path) };
            if !repository.path(&file).exists() {
                findings.push(Finding::line(page.as_str(), line, format!("there is no {file}")));
                continue;
            }
            let Some(text) = pages.get(&file).filter(|_| !anchor.is_empty()) else { continue };
            if !anchors(text).contains(anchor) {
                let message = format!("{file} has no heading or anchor `{anchor}`");
                findings.push(Finding::line(page.as_str(), line, message));
            }
        }
    }
    Failure::unless_empty(findings)
}

/// The relative links of a page with their lines, without those in code.
fn links(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut is_code) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        // Every second part is between backticks.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for rest in prose.split("](").skip(1) {
            let Some((target, _)) = rest.split_once(')') else { continue };
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !(target.is_empty() || is_elsewhere) {
                found.push((number + 1, target.to_owned()));
            }
        }
    }
    found
}

/// The path of `target` as a link on `page`, from the root.
fn beside(page: &str, target: &str) -> String {
    let folder = Path::new(page).parent().unwrap_or_else(|| Path::new(""));
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(part) => path.push(part),
            _ => {}
        }
    }
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The anchors of a page: those of its headings as renderers of Markdown form them, and those written by hand.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        if let Some(heading) = line.strip_prefix('#') {
            let slug = slug(heading.trim_start_matches('#').trim());
            let again = (1..).map(|number| format!("{slug}-{number}"));
            let free = std::iter::once(slug.clone()).chain(again).find(|name| !anchors.contains(name));
            anchors.extend(free);
        }
        let by_hand = line.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        anchors.extend(by_hand.map(str::to_owned));
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        match check(&Repository::at(folder.path())) {
            Ok(()) => Vec::new(),
            Err(Failure::Findings(findings)) => findings.iter().map(ToString::to_string).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_link_leads_to_a_page_and_to_a_heading_of_it() {
        let page = "# Limits, and `why`\n\n<a id=\"CODE\"></a>\n\n## The same\n\n## The same\n";
        let index = "[a](docs/limits.md) [b](docs/limits.md#limits-and-why) [c](docs/limits.md#CODE) [d](#here)\n\
                     [e](docs/limits.md#the-same-1) [f](https://example.org/x.md) `[g](gone.md)`\n\n# Here\n\n```md\n[h](gone.md)\n```\n";
        assert_eq!(in_folder(&[("README.md", index), ("docs/limits.md", page)]), [""; 0]);
        let back = "[up](../README.md#here) [code](../src/lib.rs)";
        assert_eq!(
            in_folder(&[
                ("README.md", index),
                ("docs/limits.md", page),
                ("docs/back.md", back),
                ("src/lib.rs", "")
            ]),
            [""; 0]
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        let index = "# Here\n\n[a](docs/limit.md) [b](docs/limits.md#why) [c](#there)\n";
        assert_eq!(
            in_folder(&[("README.md", index), ("docs/limits.md", "# Limits\n")]),
            [
                "README.md:3: README.md has no heading or anchor `there`",
                "README.md:3: docs/limits.md has no heading or anchor `why`",
                "README.md:3: there is no docs/limit.md",
            ]
        );
    }
}
