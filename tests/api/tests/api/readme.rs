//! Runs the README: its tour against the real binary with bash and curl, its settings with `palisade check`; its
//! excerpts of other files must match them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use palisade_api_tests::binary::{self, Binary};

/// What separates the outputs of commands. Nothing the server says looks so.
const MARK: &str = "@@@@";

/// A command as the README shows it, and what it says comes out.
#[derive(Debug)]
struct Shown {
    command: String,
    output: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of one language below a heading.
fn blocks<'a>(readme: &'a str, heading: &str, language: &str) -> Vec<&'a str> {
    let start = format!("## {heading}\n");
    let (_, section) = readme.split_once(&start).unwrap_or_else(|| panic!("no section {heading:?}"));
    let section = section.split("\n## ").next().unwrap();
    let fence = format!("```{language}\n");
    let found: Vec<&str> =
        section.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!found.is_empty(), "no {language} block below {heading:?}");
    found
}

/// The commands of a block. Lines that begin with `# ` are the output of what stands above them.
fn commands(block: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut command = String::new();
    for line in block.lines() {
        match (line.strip_prefix("# "), found.last_mut()) {
            (Some(said), _) if !command.is_empty() => {
                found.push(Shown { command: std::mem::take(&mut command), output: said.to_owned() });
            }
            (Some(said), Some(last)) => last.output = format!("{}\n{said}", last.output),
            (Some(said), None) => panic!("an output without a command: {said}"),
            (None, _) => command.extend([line, "\n"]),
        }
    }
    if !command.is_empty() {
        found.push(Shown { command, output: String::new() });
    }
    found
}

/// Whether this came out, where `…` stands for anything within the line.
fn fits(shown: &str, came: &str) -> bool {
    let (shown, came): (Vec<&str>, Vec<&str>) = (shown.lines().collect(), came.trim().lines().collect());
    shown.len() == came.len() && shown.iter().zip(came).all(|(shown, came)| line_fits(shown, came))
}

fn line_fits(shown: &str, came: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| came.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn is_there(tool: &str) {
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "the tour of the README is run with {tool}, which is not on PATH: install it (Debian: apt-get install {tool})"
    );
}

/// One script of all commands, each followed by a mark.
fn script(tour: &[Shown], server: &Binary) -> String {
    let program = format!("'{}'", binary::path().display());
    let mut script = String::from("set -u\n");
    for shown in tour {
        script.extend([&shown.command, "printf '\\n", MARK, "\\n'\n"]);
    }
    script.replace("http://localhost:8080", &server.origin()).replace("cargo run -q --", &program)
}

#[tokio::test]
async fn the_tour_of_the_readme_works() {
    is_there("bash");
    is_there("curl");
    let readme = readme();
    let tour: Vec<Shown> = blocks(&readme, "A first tour", "sh").into_iter().flat_map(commands).collect();
    assert!(tour.len() > 10, "the tour was read wrongly: {tour:#?}");

    let server = Binary::start(&[]).await;
    let (out, err) = (server.folder().join("tour.out"), server.folder().join("tour.err"));
    let path = search_path();
    let mut bash = Command::new("bash")
        .args(["-c", &script(&tour, &server)])
        .current_dir(server.folder())
        .env_clear()
        .env("PATH", path)
        .env("TMPDIR", server.folder())
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let ended = async {
        while bash.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    if tokio::time::timeout(Duration::from_mins(1), ended).await.is_err() {
        bash.kill().unwrap();
        bash.wait().unwrap();
        panic!("the tour did not end");
    }

    let said = std::fs::read_to_string(out).unwrap();
    let mark = format!("\n{MARK}\n");
    let mut outputs = said.split(&mark);
    for shown in &tour {
        let came = outputs.next().unwrap_or("(the script did not get here)");
        assert!(
            fits(&shown.output, came),
            "{}the README shows\n  {}\nand this came\n  {}\n{}",
            shown.command,
            shown.output,
            came.trim(),
            std::fs::read_to_string(&err).unwrap()
        );
    }
    assert_eq!(std::fs::read_to_string(err).unwrap(), "", "on standard error");
}

#[test]
fn the_production_settings_of_the_readme_are_enough() {
    is_there("bash");
    let folder = tempfile::tempdir().unwrap();
    let readme = readme();
    let settings = blocks(&readme, "In production", "sh").concat();
    let without_check = settings.lines().filter(|line| line.starts_with("export"));
    let check = format!("'{}' check", binary::path().display());
    let run = |script: &str| {
        let ran = Command::new("bash")
            .args(["-c", &format!("SMTP_PASSWORD=kV7xQ2mR9tLw4z\n{script}")])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", search_path())
            .output()
            .unwrap();
        (ran.status.success(), String::from_utf8(ran.stderr).unwrap())
    };
    assert_eq!(run(&settings.replace("palisade check", &check)), (true, String::new()));
    // And each of them is needed: `check` names what is left out.
    let names: Vec<&str> = without_check.collect();
    for left_out in &names {
        let rest: Vec<&str> = names.iter().copied().filter(|line| line != left_out).collect();
        let (passed, said) = run(&format!("export APP_ENV=production\n{}\n{check}", rest.join("\n")));
        let name = left_out.trim_start_matches("export ").split('=').next().unwrap();
        let name = if name == "APP_ENV" { "APP_URL" } else { name };
        // The embedded store has a default; the README only says where it lies.
        assert!(name == "DATABASE_URL" || (!passed && said.contains(name)), "without {left_out}: {said}");
    }
}

#[test]
fn quoted_files_match_their_source() {
    let readme = readme();
    let stands = |heading: &str, language: &str, file: &str| {
        let squeezed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for block in blocks(&readme, heading, language) {
            let block = squeezed(block);
            assert!(squeezed(&text).contains(block.trim()), "this is not in {file}:\n{block}");
        }
    };
    stands("What holds by construction", "rust", "crates/app/src/api/v1/users.rs");
    stands("From Next.js", "ts", "examples/nextjs/next.config.ts");
    stands("From Next.js", "nginx", "examples/nextjs/nginx.conf");
}

#[test]
fn the_comparison_of_outputs_is_strict() {
    assert!(fits("{\"a\":…,\"b\":2} 200", "\n{\"a\":1,\"b\":2} 200\n"));
    assert!(fits("", "\n"));
    for came in ["{\"a\":1,\"b\":3} 200", "{\"a\":1,\"b\":2} 201", "", "{\"a\":1,\"b\":2} 200\nmore"] {
        assert!(!fits("{\"a\":…,\"b\":2} 200", came), "{came}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a snippet finds its programs where whoever runs the tests does"
)]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
