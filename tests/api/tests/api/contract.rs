//! The contract, word for word: the description of the interface, and every error as the server sends it.
//!
//! A change to a snapshot is a change for every client. `INSTA_UPDATE=always cargo test -p palisade-api-tests --test
//! contract` rewrites them; the commit shows the changes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod provoked;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use palisade_api_tests::routes::Admitted;
use palisade_api_tests::{Answer, Route, World};
use palisade_core::errors::Code;
use provoked::{Provoked, provoked};
use serde_json::{Value, json};

/// The parts of an answer that clients see, without what differs from run to run.
fn written(provoked: &Provoked) -> String {
    let Provoked { how, answer } = provoked;
    let mut text = format!("{how}\n  {}", answer.status);
    for name in ["allow", "accept", "retry-after", "www-authenticate"] {
        if let Some(value) = answer.header(name) {
            write!(text, ", {name}: {value}").unwrap();
        }
    }
    let id = answer.at("/meta/requestId");
    let body = answer.body.replace(id.as_str().unwrap(), "…");
    writeln!(text, "\n  {body}\n").unwrap();
    text
}

#[tokio::test]
async fn every_error_matches_its_snapshot() {
    let mut errors: Vec<&Provoked> =
        provoked().await.iter().filter(|provoked| provoked.answer.status >= 400).collect();
    errors.sort_by_key(|provoked| (provoked.answer.status, provoked.answer.code(), &provoked.how));
    let text: String = errors.into_iter().map(written).collect();
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("errors", text) });
}

#[tokio::test]
async fn every_error_code_is_provoked_with_its_status() {
    let answers = provoked().await;
    for Code { name, status, .. } in palisade_modules::error_codes() {
        let found: Vec<_> = answers.iter().filter(|provoked| provoked.answer.code() == *name).collect();
        assert!(
            !found.is_empty(),
            "nothing provokes `{name}`: add a case to `provoke` in tests/api/tests/contract.rs, or, when no request \
             can cause it, a line to `RAISED` that says why"
        );
        for provoked in &found {
            assert_eq!(provoked.answer.status, *status, "{name}: {}", provoked.how);
        }
        let raised = found.iter().filter(|provoked| provoked.how.starts_with("raised: ")).count();
        assert!(raised == 0 || raised == found.len(), "`{name}` is provoked: take it out of `RAISED`");
    }
    let known: BTreeSet<&str> = palisade_modules::error_codes().iter().map(|code| code.name).collect();
    for Provoked { how, answer } in answers.iter().filter(|provoked| provoked.answer.status >= 400) {
        assert!(known.contains(&*answer.code()), "{how}: `{}` is in no catalogue", answer.code());
    }
}

#[test]
fn every_code_that_is_declared_is_in_the_catalogue() {
    let known: BTreeSet<String> =
        palisade_modules::error_codes().iter().map(|code| code.name.to_owned()).collect();
    let declared: BTreeSet<String> =
        sources(&root().join("crates")).iter().flat_map(|text| declared(text)).collect();
    assert_eq!(declared, known, "`palisade_modules::error_codes` collects the catalogues");
}

/// The names in the `error_codes!` blocks of a file. The blocks in tests stand on one line.
fn declared(text: &str) -> Vec<String> {
    let blocks = text.split("\nerror_codes! {\n").skip(1).filter_map(|block| block.split("\n}").next());
    let names = blocks.flat_map(str::lines).filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.trim().to_owned()).filter(|name| is_code(name)).collect()
}

fn is_code(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

#[tokio::test]
async fn a_panic_and_a_defect_reveal_nothing_and_the_server_continues() {
    let answers = provoked().await;
    let of = |how: &str| &answers.iter().find(|provoked| provoked.how == how).unwrap().answer;
    let (panic, defect) = (of("a handler that panics"), of("a handler that meets a defect"));
    assert_eq!((panic.status, defect.status), (500, 500));
    assert_eq!(panic.at("/error"), defect.at("/error"), "nobody can tell them apart");
    assert!(!panic.body.contains("secret") && !defect.body.contains("secret"));
    assert_eq!(of("a handler past its deadline").status, 503);
    assert_eq!(of("a probe, after the panic").status, 200);
}

/// What every answer carries, whatever its status.
fn bears_the_marks(how: &str, answer: &Answer, cache_control: &str, media_type: &str) {
    let only = |name: &str| {
        let all: Vec<&str> = answer.all(name).collect();
        assert_eq!(all.len(), 1, "{how}: {name} is {all:?}");
        all[0].to_owned()
    };
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", cache_control),
        ("content-type", media_type),
    ] {
        assert_eq!(only(name), value, "{how}: {name}");
    }
    let policy = only("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{how}: {policy}");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
        "{how}: {policy}"
    );
    let id = only("x-request-id");
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{how}: {id}");
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), None, "{how}: tells what serves");
    }
}

/// The envelope, and nothing beside it.
fn is_enveloped(how: &str, answer: &Answer) {
    let json = answer.json();
    let part = if answer.status < 400 { "data" } else { "error" };
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, [part, "meta", "success"], "{how}");
    assert_eq!(json["success"], answer.status < 400, "{how}");
    assert!(json[part].is_object(), "{how}: `{part}` is an object");
    assert_eq!(json["meta"]["requestId"].as_str(), answer.header("x-request-id"), "{how}");
}

const JSON: &str = "application/json; charset=utf-8";

#[tokio::test]
async fn every_status_has_the_common_headers_and_the_envelope() {
    let mut statuses = BTreeSet::new();
    for Provoked { how, answer } in provoked().await {
        bears_the_marks(how, answer, "no-store", JSON);
        is_enveloped(how, answer);
        statuses.insert(answer.status);
    }
    let all = [200, 201, 202, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 416, 422, 429, 431, 500, 503];
    assert_eq!(statuses, BTreeSet::from(all));
}

#[tokio::test]
async fn every_get_route_has_the_common_headers() {
    const PUBLIC: [&str; 2] = ["/api/v1/auth/jwks", "/api/v1/openapi.json"];
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    for route in Route::all(&world).into_iter().filter(|route| !route.reads_a_body()) {
        let how = route.to_string();
        let answer = admitted.to(&route).get(&route.request().target()).await;
        let output = &route.declared.output;
        if answer.status == 303 {
            bears_the_marks(&how, &answer, "no-store", "text/plain; charset=utf-8");
        } else if PUBLIC.contains(&&*route.template) {
            let a_while = "public, max-age=300, stale-while-revalidate=300";
            bears_the_marks(&how, &answer, a_while, JSON);
        } else if output.media_type == "text/html" || route.template == "/dev/mailbox" {
            bears_the_marks(&how, &answer, "no-store", "text/html; charset=utf-8");
        } else {
            bears_the_marks(&how, &answer, "no-store", JSON);
            is_enveloped(&how, &answer);
        }
    }
}

#[tokio::test]
async fn the_openapi_document_matches_its_snapshot_and_its_references_resolve() {
    let world = World::new().await;
    let mut described = world.program().get("/api/v1/openapi.json").await.json();
    let mut references = 0;
    every_reference(&described, &mut |target| {
        references += 1;
        let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads outside"));
        assert!(described.pointer(pointer).is_some(), "{target} leads nowhere");
    });
    assert!(references > 0);

    // A release is no change of the contract.
    assert_eq!(described["info"]["version"], env!("CARGO_PKG_VERSION"));
    described["info"]["version"] = json!("[the version of the package]");
    let text = serde_json::to_string_pretty(&described).unwrap();
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("openapi", text) });
}

fn every_reference(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                visit(target);
            }
            object.values().for_each(|value| every_reference(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|value| every_reference(value, visit)),
        _ => {}
    }
}

/// A snapshot is called `{program}__{modules}__{name}.snap`, and the name stands in the file of the modules.
#[test]
fn no_snapshot_is_left_over() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let mut found = 0;
    for entry in std::fs::read_dir(tests.join("snapshots")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".snap") else { continue };
        found += 1;
        let parts: Vec<&str> = stem.split("__").collect();
        let ["api", modules @ .., snapshot] = parts.as_slice() else {
            panic!("{name} has no name of its own")
        };
        let file = tests.join(modules.join("/")).with_extension("rs");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        assert!(text.contains(&format!("\"{snapshot}\"")), "{name}: no test asserts it; delete it");
    }
    assert!(found > 0);
}
