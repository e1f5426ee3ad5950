//! The product as shipped, and a user with an account.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::load::now;
use crate::process::{Running, beside_us};
use crate::wire::{Connection, get, once, patch, post, split, status};

const PASSWORD: &str = "a long enough passphrase";

/// Development, for its mailbox. The limits are counted but not reached.
const ENVIRONMENT: [(&str, &str); 12] = [
    ("RATE_LIMIT_STRICT", "1000000/60s"),
    ("RATE_LIMIT_NORMAL", "1000000/1s"),
    ("RATE_LIMIT_NORMAL_NETWORK", "1000000/1s"),
    ("RATE_LIMIT_RELAXED", "1000000/60s"),
    ("RATE_LIMIT_PROBE", "1000000/60s"),
    ("RATE_LIMIT_LOGIN_NETWORK", "1000000/1h"),
    ("RATE_LIMIT_LOGIN_ACCOUNT", "1000000/15m"),
    ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "1000000/1d"),
    ("RATE_LIMIT_LOGIN_DEVICE", "1000000/15m"),
    ("MAIL_BUDGET_SERVER", "1000000/1h"),
    ("MAIL_BUDGET", "1000/15m"),
    ("ACCESS_TOKEN_TTL", "1h"),
];

/// Starts the product in this folder and waits for its first answer; returns the time since the start of the
/// process.
pub(crate) async fn start(folder: &Path, variables: &[(&str, &str)]) -> Result<(Running, Duration), Failure> {
    start_build(&beside_us("palisade")?, folder, variables).await
}

/// The same for another build of the product.
pub(crate) async fn start_build(
    program: &Path,
    folder: &Path,
    variables: &[(&str, &str)],
) -> Result<(Running, Duration), Failure> {
    let before = now();
    let server = Running::start_at(program, folder, |command, port| {
        command.envs(ENVIRONMENT).envs(variables.iter().copied()).env("PORT", port.to_string());
    })?;
    let live = get("/api/v1/health/live", "Connection: close\r\n");
    while before.elapsed() < Duration::from_secs(10) {
        if once(server.address, &live).await.is_ok_and(|answer| status(&answer) == Some(200)) {
            return Ok((server, before.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Err(std::fs::read_to_string(folder.join("stderr.log"))?.into())
}

/// Registers, reads the mail, confirms the address.
pub(crate) async fn create(server: SocketAddr, email: &str) -> Result<(), Failure> {
    let mut connection = Connection::open(server).await?;
    let registration = post("/api/v1/auth/register", "", &json!({"email": email, "password": PASSWORD}));
    expect(connection.exchange(&registration).await?, 202)?;
    for _ in 0..1000 {
        let mailbox = expect(connection.exchange(&get("/dev/mailbox", "")).await?, 200)?;
        let mails = mailbox.pointer("/data/items").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(mail) = mails.iter().find(|mail| mail.get("to").is_some_and(|to| to == email)) {
            let link = mail.pointer("/links/0").and_then(Value::as_str).ok_or("a mail without a link")?;
            let token = link.split_once("#token=").ok_or("a link without a token")?.1;
            let proof = post("/api/v1/auth/verify-email", "", &json!({"token": token, "password": PASSWORD}));
            return expect(connection.exchange(&proof).await?, 200).map(drop);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err("the mail did not come".into())
}

/// A sign-in request, with these additional headers.
pub(crate) fn login(email: &str, headers: &str) -> Vec<u8> {
    post("/api/v1/auth/login", headers, &json!({"email": email, "password": PASSWORD}))
}

/// Signs in and returns the request for `/users/me` with the cookie of the session.
pub(crate) async fn users_me(server: SocketAddr, email: &str) -> Result<Vec<u8>, Failure> {
    let cookie = sign_in(server, email).await?.access;
    Ok(get("/api/v1/users/me", &format!("Cookie: {cookie}\r\n")))
}

/// Signs in and returns the request with which this user takes another name.
pub(crate) async fn rename(server: SocketAddr, email: &str) -> Result<Vec<u8>, Failure> {
    let cookie = sign_in(server, email).await?.access;
    Ok(patch(
        "/api/v1/users/me",
        &format!("Sec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n"),
        &json!({"name": "Ada Lovelace"}),
    ))
}

/// Two cookies of a browser that has signed in, each as `name=value`.
#[derive(Debug)]
pub(crate) struct Cookies {
    /// Of the session.
    pub(crate) access: String,
    /// Identifies the device.
    pub(crate) device: String,
}

/// Signs in.
pub(crate) async fn sign_in(server: SocketAddr, email: &str) -> Result<Cookies, Failure> {
    let answer = once(server, &login(email, "")).await?;
    expect(&answer, 200)?;
    let (head, _) = split(&answer)?;
    let cookie = |name: &str| {
        let cookies = head.split("\r\n").filter_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = cookies.filter_map(|cookie| cookie.split(';').next()).find(|it| it.starts_with(name));
        cookie.map(str::to_owned).ok_or_else(|| format!("no cookie {name}"))
    };
    Ok(Cookies { access: cookie("palisade-access=")?, device: cookie("palisade-device=")? })
}

fn expect(answer: &[u8], wanted: u16) -> Result<Value, Failure> {
    let (_, body) = split(answer)?;
    if status(answer) == Some(wanted) { Ok(serde_json::from_str(body)?) } else { Err(body.into()) }
}
