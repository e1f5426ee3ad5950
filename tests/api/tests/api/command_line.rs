//! The command line for an operator: the real binary, in an empty folder, with its own environment.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use palisade_api_tests::binary::{Binary, free_port, make_super_admin, run, succeed};
use palisade_api_tests::until;
use palisade_api_tests::world::PASSWORD;
use serde_json::{Value, json};

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
        "GET /api/v1/users normal USER_READ or key",
        "POST /api/v1/api-keys password (strict) API_KEY_CREATE, fresh",
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
    let commands =
        ["serve", "check", "routes", "openapi", "probe", "admin", "keys", "mail", "db", "completions", "man"];
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

#[tokio::test]
async fn api_keys_are_listed_and_revoked_while_the_server_runs() {
    let server = Binary::start(&[]).await;
    make_super_admin(server.folder(), "root@example.org", PASSWORD, &[]);
    let mut root = server.browser();
    let credentials = json!({"email": "root@example.org", "password": PASSWORD});
    assert_eq!(root.post("/api/v1/auth/login", credentials).await.status, 200);
    let wish = json!({"name": "Nightly export", "permissions": ["USER_READ"], "expiresIn": 3600});
    let made = root.post("/api/v1/api-keys", wish).await.at("/data");
    let (id, secret) = (made["apiKey"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let program = server.program().with_header("Authorization", &format!("Bearer {secret}"));
    assert_eq!(program.clone().get("/api/v1/users").await.status, 200);

    let listed = succeed(server.folder(), &["api-keys", "list"], &[]);
    let line = listed.line(id);
    assert!(line.contains("Nightly export USER_READ") && !listed.printed.contains(secret), "{line}");
    let of_root = ["api-keys", "list", "--json", "--user", "root@example.org"];
    let json: Value = serde_json::from_str(&succeed(server.folder(), &of_root, &[]).printed).unwrap();
    assert_eq!((&json["id"], &json["userId"]), (&made["apiKey"]["id"], &made["apiKey"]["userId"]));
    let nobody = ["api-keys", "list", "--user", "usr_0190a1b2c3d4e5f60718293a4b5c6d7e", "--json"];
    assert_eq!(succeed(server.folder(), &nobody, &[]).printed, "");

    let revoke = ["api-keys", "revoke", id];
    let said = succeed(server.folder(), &revoke, &[]).printed;
    assert_eq!(said, format!("The API key {id} is revoked.\n"));
    until("the server refuses it", async || program.clone().get("/api/v1/users").await.status == 401).await;
    let again = run(server.folder(), &revoke, &[]);
    assert_eq!(again.status, Some(1), "{}", again.complained);
    let odd = run(server.folder(), &["api-keys", "revoke", secret], &[]);
    assert!(odd.complained.contains("ID must be the id of an API key"), "{}", odd.complained);
    let told = succeed(server.folder(), &["audit", "export", "--type", "api_key.revoked"], &[]).printed;
    assert!(told.contains(id) && told.contains("api-keys revoke"), "{told}");
}

#[tokio::test]
async fn a_probe_succeeds_while_the_server_answers() {
    let server = Binary::start(&[]).await;
    let port = server.address().port().to_string();
    for command in [&["probe"][..], &["probe", "--ready"]] {
        let probe = succeed(server.folder(), command, &[("PORT", &port)]);
        assert_eq!((probe.printed.as_str(), probe.complained.as_str()), ("", ""), "{command:?}");
    }
    let nobody = run(server.folder(), &["probe"], &[("PORT", &free_port().to_string())]);
    assert_eq!(nobody.status, Some(1));
    assert!(nobody.complained.starts_with("palisade: asking 127.0.0.1:"), "{}", nobody.complained);
}

/// A program that is not Palisade, or a Palisade that is not well, answers too.
#[test]
fn a_probe_fails_on_any_answer_but_200() {
    let folder = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let answers = std::thread::spawn(move || {
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "", "no HTTP 200 at all\n"] {
            let (mut stream, _) = other.accept().unwrap();
            let mut asked = [0; 512];
            let length = stream.read(&mut asked).unwrap();
            assert!(asked[..length].starts_with(b"GET /api/v1/health/live HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    for _ in 0..3 {
        let probe = run(folder.path(), &["probe"], &[("PORT", &port)]);
        assert_eq!(probe.status, Some(1), "{}", probe.complained);
    }
    answers.join().unwrap();
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    let script = succeed(folder.path(), &["completions", "bash"], &[]).printed;
    std::fs::write(folder.path().join("palisade"), script).unwrap();
    let offered = |words: &[&str]| {
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let all = words.join(" ");
        let typed = format!(
            "source ./palisade; COMP_WORDS=({all}); COMP_CWORD={}; COMP_LINE='{all}'; \
             _palisade palisade '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            words.len() - 1
        );
        let ran = Command::new("bash").args(["-c", &typed]).current_dir(folder.path()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(offered(&["palisade", "chec"]), "check");
    assert_eq!(offered(&["palisade", "db", "back"]), "backup");
    assert_eq!(offered(&["palisade", "check", "--con"]), "--connect");
    assert_eq!(offered(&["palisade", "generat"]), "", "what only this repository needs is hidden");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = succeed(folder.path(), &["man"], &[]).printed;
    assert!(page.contains(".TH palisade 1"), "{page}");
    assert!(is_empty(folder.path()), "nothing was made");
    succeed(folder.path(), &["man", "--to", "."], &[]);
    let written = std::fs::read_to_string(folder.path().join("palisade.1")).unwrap();
    assert_eq!(written, page);
    // Each page that the first one refers to.
    let named = |line: &str| Some(line.strip_suffix("(1)")?.strip_prefix("palisade\\-")?.replace("\\-", "-"));
    let listed: Vec<String> = page.lines().filter_map(named).collect();
    let has = |command: &str| listed.iter().any(|one| one == command);
    assert!(has("check") && has("api-keys") && !has("generate"), "{listed:?}");
    for command in listed {
        assert!(folder.path().join(format!("palisade-{command}.1")).exists(), "{command}");
    }
    let missing = run(folder.path(), &["man", "--to", "nowhere"], &[]);
    assert_eq!(missing.status, Some(1));
    assert!(missing.complained.contains("writing into nowhere"), "{}", missing.complained);
}
