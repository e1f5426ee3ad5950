//! What each mistake does. A test prints the sentence that `docs/same-mistakes.md` says of it; `check.sh` compares the two.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response, StatusCode, header};
use axum::{Extension, Router};
use palisade_elsewhere::{
    access, cookies, deleting, hashes, inputs, limits, lists, permissions, settings, webhooks,
};
use parking_lot::Mutex;
use rusqlite::Connection;
use serde_json::{Value, json};
use tower::ServiceExt;

/// One sentence of the page, if `holds`.
fn observed(holds: bool, sentence: &str) {
    assert!(holds, "no longer so: {sentence}");
    let test = std::thread::current();
    println!("observed:\t{}\t{sentence}", test.name().unwrap_or_default());
}

async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

async fn call(app: &Router, method: Method, path: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    send(app, request).await.status()
}

async fn post_json(app: &Router, path: &str, body: &Value) -> Response<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    send(app, request.body(Body::from(body.to_string())).unwrap()).await
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 10_000_000).await.unwrap().to_vec()).unwrap()
}

/// The cookie of a new session.
async fn cookie_of(app: &Router, name: &str) -> String {
    let request = Request::post(format!("/login/{name}")).body(Body::empty()).unwrap();
    let cookie = send(app, request).await.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    cookie.split(';').next().unwrap().to_owned()
}

/// What the list of users answers to somebody.
async fn list_as(app: &Router, name: &str) -> (StatusCode, String) {
    let request = Request::get("/users").header(header::COOKIE, cookie_of(app, name).await);
    let answer = send(app, request.body(Body::empty()).unwrap()).await;
    (answer.status(), text(answer).await)
}

#[tokio::test]
async fn limits() {
    let app = limits::app().layer(Extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4321)))));
    let (mut limited, mut free) = (0, 0);
    for _ in 0..1000 {
        limited += u32::from(call(&app, Method::POST, "/login").await == StatusCode::TOO_MANY_REQUESTS);
        free += u32::from(call(&app, Method::POST, "/forgot-password").await == StatusCode::ACCEPTED);
    }
    observed(
        limited == 995 && free == 1000,
        "of 1,000 requests in a row from one address, `/login` answers 5 and refuses the others with 429; `/forgot-password` answers all 1,000 with 202",
    );
}

#[tokio::test]
async fn access() {
    let app = access::app();
    let notes = call(&app, Method::GET, "/notes").await;
    let export = call(&app, Method::GET, "/notes/export").await;
    observed(
        notes == StatusCode::UNAUTHORIZED && export == StatusCode::OK,
        "without signing in, `/notes` is 401 and `/notes/export` is 200",
    );
}

#[tokio::test]
async fn permissions() {
    let app = permissions::app();
    let stranger = call(&app, Method::GET, "/users").await;
    let (status, listed) = list_as(&app, "ada").await;
    observed(
        stranger == StatusCode::UNAUTHORIZED
            && status == StatusCode::OK
            && listed.contains("root@example.org"),
        "a stranger gets 401; every user who is signed in gets the addresses of all users",
    );
    let app = permissions::app_that_asks();
    let (ada, root) = (list_as(&app, "ada").await.0, list_as(&app, "root").await.0);
    observed(
        (ada, root) == (StatusCode::FORBIDDEN, StatusCode::OK),
        "with `permission_required!` only those who have the permission get them, and the others 403",
    );
}

#[tokio::test]
async fn hashes() {
    let request = Request::get("/users/1").body(Body::empty()).unwrap();
    let body: Value = serde_json::from_str(&text(send(&hashes::app(), request).await).await).unwrap();
    observed(
        body["password_hash"].as_str().is_some_and(|hash| hash.starts_with("$2b$12$")),
        "the JSON has `\"password_hash\":\"$2b$12$…\"`",
    );
}

#[tokio::test]
async fn inputs() {
    let body = json!({"name": "a".repeat(1_000_000)});
    let stored = text(post_json(&inputs::app(), "/name", &body).await).await;
    observed(stored == "1000000 bytes are stored", "a name of 1,000,000 characters is stored");
    let asked = post_json(&inputs::app_that_asks(), "/name", &body).await.status();
    observed(asked == StatusCode::BAD_REQUEST, "with `Valid<Json<Rename>>` the same request gets 400");
}

#[tokio::test]
async fn webhooks() {
    let credit = Arc::new(AtomicU64::new(0));
    let status =
        post_json(&webhooks::app(Arc::clone(&credit)), "/hooks/payments", &json!({"cents": 100_000})).await;
    observed(
        status.status() == StatusCode::ACCEPTED && credit.load(Ordering::Relaxed) == 100_000,
        "a request without a signature gets 202, and the account has 1,000.00 more",
    );
}

#[tokio::test]
async fn cookies() {
    let request = Request::post("/login").body(Body::empty()).unwrap();
    let by_hand = send(&cookies::app(), request).await;
    let by_hand = by_hand.headers()[header::SET_COOKIE].to_str().unwrap();
    observed(
        !["HttpOnly", "Secure", "SameSite"].iter().any(|attribute| by_hand.contains(attribute)),
        "the cookie has no `HttpOnly`, no `Secure` and no `SameSite`",
    );
    let request = Request::post("/login/ada").body(Body::empty()).unwrap();
    let of_sessions = send(&cookies::app_with_sessions(), request).await;
    let of_sessions = of_sessions.headers()[header::SET_COOKIE].to_str().unwrap();
    observed(
        ["HttpOnly", "Secure", "SameSite=Strict"].iter().all(|attribute| of_sessions.contains(attribute)),
        "the cookie of tower-sessions has `HttpOnly`, `Secure` and `SameSite=Strict`",
    );
}

fn database(tables: &str) -> lists::Database {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(tables).unwrap();
    Arc::new(Mutex::new(database))
}

#[tokio::test]
async fn lists() {
    let database = database(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO notes (text) SELECT 'a note' FROM n;",
    );
    let request = Request::get("/notes").body(Body::empty()).unwrap();
    let body: Value = serde_json::from_str(&text(send(&lists::app(database), request).await).await).unwrap();
    observed(
        body.as_array().is_some_and(|notes| notes.len() == 10_000),
        "with 10,000 notes, one answer holds 10,000 notes",
    );
}

#[tokio::test]
async fn deleting() {
    let database = database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, deleted_at INTEGER);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users, text TEXT NOT NULL);
         INSERT INTO users (id, email) VALUES (1, 'ada@example.org');
         INSERT INTO notes (owner, text) VALUES (1, 'a diary');",
    );
    let status = call(&deleting::app(Arc::clone(&database)), Method::DELETE, "/users/1").await;
    let database = database.lock();
    let kept: (String, String) = database
        .query_row("SELECT email, text FROM users JOIN notes ON owner = users.id", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    observed(
        status == StatusCode::NO_CONTENT && kept == ("ada@example.org".to_owned(), "a diary".to_owned()),
        "the answer is 204, and the database still has the address and the notes",
    );
}

#[test]
#[expect(clippy::result_large_err, reason = "the error is figment's")]
fn settings() {
    figment::Jail::expect_with(|jail| {
        jail.set_env("LOGIN_ATTEMPTS", "five");
        let refused = settings::load().is_err();
        jail.set_env("LOGIN_ATTEMPTS", "4000000000");
        jail.set_env("SESION_DAYS", "1");
        let read = settings::load().map_err(|error| *error)?;
        observed(refused, "`LOGIN_ATTEMPTS=five` is refused");
        observed(
            read.login_attempts == 4_000_000_000 && read.session_days == 7,
            "`LOGIN_ATTEMPTS=4000000000` is accepted, and the misspelt `SESION_DAYS=1` leaves the sessions at 7 days",
        );
        jail.set_env("NOTES_SESSION_DAYS", "3");
        let spelt_right = settings::load_strictly().is_ok_and(|read| read.session_days == 3);
        jail.set_env("NOTES_SESION_DAYS", "1");
        observed(
            spelt_right && settings::load_strictly().is_err(),
            "with `deny_unknown_fields` and a prefix `NOTES_SESION_DAYS=1` is refused",
        );
        Ok(())
    });
}
