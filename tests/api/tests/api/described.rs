//! The interface does what its description says. schemathesis calls every route, correctly and incorrectly, with a
//! session and without, and compares each answer with the document: status, media type, headers, schema, refusals
//! and acceptances. `schemathesis.toml` lists the expectations, with the reasons.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

use std::fs;
use std::process::Command;

use palisade_api_tests::{Route, World};
use serde_json::json;

const CONFIG: &str = include_str!("../../schemathesis.toml");

/// Asks everything, or what more arguments leave of it, and fails with what was found.
async fn ask(world: &World, token: Option<&str>, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let session = token.map(|token| format!("\n[auth.openapi.bearerToken]\nbearer = \"{token}\"\n"));
    fs::write(folder.path().join("schemathesis.toml"), CONFIG.to_owned() + &session.unwrap_or_default())
        .unwrap();
    let address = format!("http://{}", world.address);
    let mut command = Command::new(palisade_test_servers::schemathesis().unwrap());
    // What it writes down goes where it ends with this run.
    command.current_dir(folder.path()).args(["run", &format!("{address}/api/v1/openapi.json")]);
    if !world.shows_development() {
        command.args(["--exclude-path", "/dev/mailbox"]);
    }
    command.args(["--url", &address]).args(more);
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    // `1155 generated, 1155 passed`: what was asked at all was answered as described.
    let (_, cases) = said.split_once("Test cases:").unwrap_or_else(|| panic!("{said}"));
    let numbers: Vec<u32> =
        cases.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).take(2).collect();
    assert!(numbers[0] > 0 && numbers[0] == numbers[1], "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_without_a_session_match_the_openapi_document() {
    let world = World::new().await;
    ask(&world, None, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_to_a_super_admin_match_the_openapi_document() {
    let world = World::new().await;
    let root = world.super_admin("root@example.org").await;
    let token = root.cookie("palisade-access").unwrap();
    // Whoever signs out is not signed in for what comes next: those two are asked last.
    let last = ["/api/v1/auth/logout", "/api/v1/auth/logout-all"];
    ask(&world, Some(token), &["--exclude-path", last[0], "--exclude-path", last[1]]).await;
    ask(&world, Some(token), &["--include-path", last[0], "--include-path", last[1]]).await;
}

/// Texts at their bounds and past them are too rare among those that are made up.
#[tokio::test]
async fn text_lengths_match_the_openapi_document() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let document = root.get("/api/v1/openapi.json").await.json();
    let mut bounds = 0;
    for route in Route::all(&world).iter().filter(|route| route.declared.method.is_unsafe()) {
        let method = route.declared.method.as_str().to_lowercase();
        let content = &document["paths"][&route.template][method]["requestBody"]["content"];
        let schema = &content["application/json"]["schema"];
        let schema = schema["$ref"].as_str().map_or(schema, |to| document.pointer(&to[1..]).unwrap());
        for (field, rule) in schema["properties"].as_object().into_iter().flatten() {
            for (bound, beyond, broken) in [("minLength", -1, "too_short"), ("maxLength", 1, "too_long")] {
                let Some(bound) = rule[bound].as_i64() else { continue };
                let mut asked = async |length: i64| {
                    let text = "q".repeat(usize::try_from(length).unwrap());
                    route.request().with_body(field, json!(text)).send(&mut root).await.details()
                };
                let within = asked(bound).await;
                assert!(!within.contains(&format!("{field}:{broken}")), "{route}: {bound}: {within:?}");
                let past = asked(bound + beyond).await;
                let is_named = past.iter().any(|detail| detail.starts_with(&format!("{field}:")));
                assert!(is_named, "{route}: {field} past {bound}: {past:?}");
                bounds += 1;
            }
        }
    }
    assert!(bounds > 20, "{bounds}");
}
