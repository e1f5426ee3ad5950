//! `docs/same-mistakes.md` quotes the cases of this package and the programs of `tests/elsewhere`, as they are. What those
//! programs do is checked by `tests/elsewhere/check.sh`.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/same-mistakes.md";
const CASES: &str = "tests/compile-fail/cases/";
const ELSEWHERE: &str = "tests/elsewhere/src/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}

/// Without indentation, which a page cannot keep.
fn squeezed(text: &str) -> String {
    text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Whether the file has every part of the excerpt. `mark` stands for what is left out.
fn quotes(path: &str, excerpt: &str, mark: &str) -> Result<(), String> {
    let file = squeezed(&read(path)?);
    let missing = excerpt.split(mark).find(|part| !file.contains(&squeezed(part)));
    missing.map_or(Ok(()), |part| Err(format!("this is not in {path}:\n{part}")))
}

/// The blocks of code of a section, with their language.
fn blocks(section: &str) -> impl Iterator<Item = (&str, &str)> {
    section.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'))
}

/// A case, what the compiler says of it, a program elsewhere, and what that does.
fn check(section: &str) -> Result<(), String> {
    let (mut said, mut case, mut elsewhere) = (false, None, 0);
    for (language, block) in blocks(section) {
        if language == "text" {
            let case: &str = case.ok_or("a message without a case")?;
            quotes(&case.replace(".rs", ".stderr"), block, "…")?;
            said = true;
            continue;
        }
        let (name, excerpt) = block.split_once('\n').ok_or("an empty excerpt")?;
        let path = name.strip_prefix("// ").ok_or("an excerpt without its file")?;
        quotes(path, excerpt, "// …")?;
        match path {
            path if path.starts_with(CASES) => case = Some(path),
            path if path.starts_with(ELSEWHERE) => elsewhere += 1,
            path => return Err(format!("{path} is neither a case nor a program")),
        }
    }
    let tests = read("tests/elsewhere/tests/mistakes.rs")?.replace("\\\"", "\"");
    let mut observed = section.lines().filter_map(|line| line.strip_prefix("Observed: ")).peekable();
    let complete = said && elsewhere > 0 && observed.peek().is_some();
    let untested = observed.find(|line| !tests.contains(&format!("\"{}\"", line.trim_end_matches('.'))));
    match untested {
        Some(line) => Err(format!("no test of tests/elsewhere observes this: {line}")),
        None if complete => Ok(()),
        None => Err("it needs a case with its message, a program and what that does".to_owned()),
    }
}

#[test]
fn the_page_quotes_ten_cases_and_programs_as_they_are() {
    let page = read(PAGE).unwrap();
    let mistakes: Vec<&str> = page
        .split("\n## ")
        .skip(1)
        .filter(|section| section.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    assert_eq!(mistakes.len(), 10);
    for section in mistakes {
        let title = section.lines().next().unwrap();
        check(section).unwrap_or_else(|problem| panic!("{PAGE}, {title}: {problem}"));
    }
}

#[test]
fn the_page_names_the_versions_that_the_programs_are_built_with() {
    let page = squeezed(&read(PAGE).unwrap()).replace('\n', " ");
    let manifest = read("tests/elsewhere/Cargo.toml").unwrap();
    let pinned = manifest.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" = ")?;
        let version = rest.split("\"=").nth(1)?.split('"').next()?;
        Some(format!("{name} {version}"))
    });
    let pinned: Vec<String> = pinned.collect();
    assert!(pinned.len() > 5, "{pinned:?}");
    for version in pinned {
        assert!(page.contains(&version), "{PAGE} does not name {version}");
    }
}
