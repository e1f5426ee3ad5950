//! The command line, as an operator meets it: the real binary, in an empty folder, with an environment of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;

use palisade_api_tests::binary::command;
use serde_json::Value;

/// What a command did: whether it succeeded, and what it printed.
struct Ran {
    status: Option<i32>,
    printed: String,
    complained: String,
}

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let output = command(folder, arguments, variables).output().unwrap();
    Ran {
        status: output.status.code(),
        printed: String::from_utf8(output.stdout).unwrap(),
        complained: String::from_utf8(output.stderr).unwrap(),
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn check_names_every_mistake_at_once_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [
        ("PORT", "eighty"),
        ("BCRYPT_COST", "4"),
        ("RATE_LIMIT_STRICT", "10"),
        ("APP_URL", "http://elsewhere.example"),
        ("SMTP_URL", "ftp://ada:a-secret@mail.example"),
        ("SECRET_KEYS", "a:c2hvcnQ="),
        ("HANDLER_TIMEOUT", "40s"),
    ];
    let check = run(folder.path(), &["check"], &wrong);
    assert_eq!((check.status, check.printed.as_str()), (Some(1), ""));
    let lines: Vec<&str> = check.complained.lines().collect();
    for (variable, _) in wrong.iter().filter(|(variable, _)| *variable != "HANDLER_TIMEOUT") {
        let named =
            lines.iter().filter(|line| line.trim_start().starts_with(&format!("{variable}: "))).count();
        assert_eq!(named, 1, "{variable} in {}", check.complained);
    }
    // Two that are fine each by itself.
    assert!(check.complained.contains("DRAIN_TIMEOUT"), "{}", check.complained);
    assert!(lines[0].starts_with("palisade: the environment has 7 mistakes"), "{}", check.complained);
    assert_eq!(lines.len(), 8, "{}", check.complained);
    assert!(!check.complained.contains("a-secret") && !check.complained.contains("c2hvcnQ"), "secrets stay");

    // The server refuses to start with the same words.
    let serve = run(folder.path(), &[], &wrong);
    assert_eq!((serve.status, serve.complained), (Some(1), check.complained));
    assert!(is_empty(folder.path()), "nothing was made");
}

#[test]
fn check_shows_what_is_in_force_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let variables =
        [("PORT", "9000"), ("CRON_SECRET", "J8sK2mVq9xTz4LwR7bNc5HgF3dYp6QaE"), ("BCYRPT_COST", "13")];
    let check = run(folder.path(), &["check"], &variables);
    assert_eq!((check.status, check.complained.as_str()), (Some(0), ""), "{}", check.printed);
    let line = |variable: &str| {
        let starts = |line: &&str| line.split_whitespace().next() == Some(variable);
        check.printed.lines().find(starts).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("PORT"), "PORT 9000 env");
    assert_eq!(line("BCRYPT_COST"), "BCRYPT_COST 12 default");
    assert!(!check.printed.contains("J8sK2mVq"), "{}", check.printed);
    assert!(check.printed.contains("warning: BCYRPT_COST: is not read; did you mean BCRYPT_COST?"));
    assert!(check.printed.ends_with("\nThe environment is valid.\n"));
    assert!(is_empty(folder.path()), "nothing was made");
}

#[test]
fn routes_lists_each_route_with_its_limit_and_access_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let routes = run(folder.path(), &["routes"], &[]);
    assert_eq!((routes.status, routes.complained.as_str()), (Some(0), ""));
    let rows: Vec<String> =
        routes.printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(rows[0], "METHOD PATH LIMIT ACCESS");
    for expected in [
        "POST /api/v1/auth/login login (strict) public",
        "GET /api/v1/users normal USER_READ",
        "GET /dev/mailbox relaxed this machine",
    ] {
        assert!(rows.iter().any(|row| row == expected), "{expected} in {rows:#?}");
    }
    let end = rows.iter().position(String::is_empty).unwrap();
    assert!(rows[1..end].is_sorted_by_key(|row| row.split(' ').nth(1).unwrap().to_owned()), "by path");
    let number = "login strict account 5/15m RATE_LIMIT_LOGIN_ACCOUNT";
    assert!(rows[end..].iter().any(|row| row == number), "the numbers follow: {rows:#?}");
    assert!(is_empty(folder.path()), "nothing was made");
}

#[test]
fn openapi_prints_the_document_of_this_server_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let openapi = run(folder.path(), &["openapi"], &[("PORT", "9000")]);
    assert_eq!((openapi.status, openapi.complained.as_str()), (Some(0), ""));
    let document: Value = serde_json::from_str(&openapi.printed).unwrap();
    assert_eq!(document["servers"][0]["url"], "http://localhost:9000");
    assert!(document["paths"]["/api/v1/auth/login"]["post"].is_object());
    assert!(is_empty(folder.path()), "nothing was made");
}

#[test]
fn help_names_every_command_and_says_where_the_settings_are() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"], &[]);
    assert_eq!(help.status, Some(0));
    for said in ["serve", "check", "routes", "openapi", "admin", "`palisade check` shows every variable"] {
        assert!(help.printed.contains(said), "{said} in {}", help.printed);
    }
    assert!(!help.printed.contains("generate"), "what only this repository needs is hidden");
}

#[test]
fn what_is_no_command_is_refused_with_the_usage() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = run(folder.path(), &["serv"], &[]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.complained.contains("Usage: palisade"), "{}", wrong.complained);
}
