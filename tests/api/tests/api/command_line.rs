//! The command line for an operator: the real binary, in an empty folder, with its own environment.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::TcpListener;
use std::path::Path;

use palisade_api_tests::binary::run;
use serde_json::Value;

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
fn check_shows_the_settings_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("PORT", "9000"),
        ("UPSTASH_REDIS_REST_TOKEN", "J8sK2mVq9xTz4LwR7bNc5"),
        ("UPSTASH_REDIS_REST_URL", "https://name.upstash.io"),
        ("BCYRPT_COST", "13"),
    ];
    let check = run(folder.path(), &["check"], &variables);
    assert_eq!((check.status, check.complained.as_str()), (Some(0), ""), "{}", check.printed);
    assert_eq!(check.line("PORT"), "PORT 9000 env");
    assert_eq!(check.line("BCRYPT_COST"), "BCRYPT_COST 12 default");
    assert_eq!(check.line("RATE_LIMIT_LOGIN"), "RATE_LIMIT_LOGIN 10/60s as RATE_LIMIT_STRICT");
    assert!(!check.printed.contains("J8sK2mVq"), "{}", check.printed);
    assert!(check.printed.contains("warning: BCYRPT_COST: is not read; did you mean BCRYPT_COST?"));
    assert!(check.printed.ends_with("\nThe environment is valid.\n"));
    assert!(is_empty(folder.path()), "nothing was made");
}

#[test]
fn check_explains_settings_without_a_value() {
    let folder = tempfile::tempdir().unwrap();
    let check = run(folder.path(), &["check"], &[]);
    assert_eq!(
        check.line("ADMIN_EMAIL"),
        "ADMIN_EMAIL - not set: use `palisade admin create` to make the first administrator"
    );
    // Every value stands in one column, and every origin in another.
    let table: Vec<&str> = check.printed.lines().take_while(|line| !line.is_empty()).collect();
    let (value, from) = (table[0].find("VALUE").unwrap(), table[0].find("FROM").unwrap());
    for row in &table {
        let (before, rest) = row.split_at(from);
        assert!(before.ends_with("  ") && !rest.starts_with(' '), "{row}");
        assert!(before[..value].ends_with("  ") && !before[value..].starts_with(' '), "{row}");
    }
}

#[test]
fn read_only_commands_create_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 7] = [
        &["keys", "list"],
        &["keys", "rotate"],
        &["keys", "withdraw", "current"],
        &["keys", "reset", "--lost", "--yes"],
        &["db", "status"],
        &["db", "migrate"],
        &["db", "purge"],
    ];
    for command in commands {
        let ran = run(folder.path(), command, &[]);
        assert_eq!((ran.status, ran.printed.as_str()), (Some(1), ""), "{command:?}");
        let said = "palisade: there is no store yet: the first start of the server creates it\n";
        assert_eq!(ran.complained, said, "{command:?}");
    }
    assert!(is_empty(folder.path()), "nothing was made");
}

#[test]
fn routes_lists_each_route_and_creates_nothing() {
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
fn openapi_prints_the_document_and_creates_nothing() {
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
    let commands = ["serve", "check", "routes", "openapi", "admin", "keys", "mail", "db"];
    for said in commands.into_iter().chain(["`palisade check` shows every variable"]) {
        assert!(help.printed.contains(said), "{said} in {}", help.printed);
    }
    assert!(!help.printed.contains("generate"), "what only this repository needs is hidden");
}

#[test]
fn a_port_in_use_is_reported_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = run(folder.path(), &[], &[("PORT", &port)]);
    assert_eq!(ran.status, Some(1), "{}", ran.complained);
    let said = format!("listening on 127.0.0.1:{port}: ");
    for said in [said.as_str(), "another program listens there", "set PORT to a free port"] {
        assert!(ran.complained.contains(said), "{said} in {}", ran.complained);
    }
}

#[test]
fn an_unknown_command_is_refused_with_the_usage() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = run(folder.path(), &["serv"], &[]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.complained.contains("Usage: palisade"), "{}", wrong.complained);
}
