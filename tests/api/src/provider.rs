//! A provider of OpenID Connect on this machine, whose answers a test decides.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use palisade_test::Client;

/// The id of the server at the provider.
pub const CLIENT_ID: &str = "palisade";
/// The time of a test world, far from that of this machine.
const NOW: i64 = 4_000_000_000;

/// A code that was issued, and what it was issued for.
#[derive(Debug)]
struct Issued {
    challenge: String,
    nonce: String,
    claims: Value,
}

#[derive(Debug)]
struct State {
    key: Ed25519KeyPair,
    codes: BTreeMap<String, Issued>,
    count: usize,
    exchanges: usize,
    /// Statuses to answer the next requests for tokens with.
    broken: bool,
}

/// The provider. Dropping it ends it.
#[derive(Debug)]
pub struct IdentityProvider {
    name: String,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

impl IdentityProvider {
    /// Starts one under a name of capital letters, as in the settings.
    pub async fn start(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            key: Ed25519KeyPair::generate().unwrap(),
            codes: BTreeMap::new(),
            count: 0,
            exchanges: 0,
            broken: false,
        }));
        let shared = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _ = serve(stream, address, &state).await;
                });
            }
        });
        Self { name: name.to_owned(), address, state, serving }
    }

    /// The settings with which a server knows it.
    pub fn settings(&self) -> Vec<(String, String)> {
        let own = |end: &str| format!("OIDC_{}_{end}", self.name);
        vec![
            (own("ISSUER"), self.issuer()),
            (own("CLIENT_ID"), CLIENT_ID.to_owned()),
            (own("CLIENT_SECRET"), format!("the-secret-of-{}", self.name)),
            ("OUTBOUND_ALLOW".to_owned(), "127.0.0.1".to_owned()),
        ]
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its name in addresses.
    pub fn path(&self) -> String {
        self.name.to_ascii_lowercase()
    }

    /// The person signs in and agrees: the query with which the browser returns. `claims` are added to those of the
    /// token, or replace them.
    pub fn agree(&self, location: &str, claims: Value) -> String {
        let asked = parameters(location);
        let get = |name: &str| asked.get(name).cloned().unwrap_or_else(|| panic!("{name} in {location}"));
        assert_eq!(get("code_challenge_method"), "S256");
        assert_eq!(get("response_type"), "code");
        let mut state = self.state.lock();
        state.count += 1;
        let code = format!("code-{}", state.count);
        let issued = Issued { challenge: get("code_challenge"), nonce: get("nonce"), claims };
        state.codes.insert(code.clone(), issued);
        format!("code={code}&state={}", get("state"))
    }

    /// Sends it a code that it never gave; the status of the refusal.
    pub async fn exchange_nothing(&self) -> u16 {
        let mut client = Client::new(self.address, "localhost");
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        client.send("POST", "/token", &form, b"code=none").await.status
    }

    /// How often a code was sent to it.
    pub fn exchanges(&self) -> usize {
        self.state.lock().exchanges
    }

    /// From now on it answers nothing but 500.
    pub fn break_down(&self) {
        self.state.lock().broken = true;
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The parameters of the query of an address, decoded.
pub fn parameters(location: &str) -> BTreeMap<String, String> {
    let query = location.split_once('?').map_or(location, |(_, query)| query);
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    query.split('&').map(pair).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

async fn serve(mut stream: TcpStream, address: SocketAddr, state: &Mutex<State>) -> std::io::Result<()> {
    let mut received = Vec::new();
    let (head, body) = loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await?;
        received.extend(part.iter().take(read));
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return Ok(());
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, answer) = answer(&path, &body, address, &mut state.lock());
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn answer(path: &str, body: &str, address: SocketAddr, state: &mut State) -> (u16, Value) {
    let at = |path: &str| format!("http://{address}{path}");
    if state.broken {
        return (500, json!({}));
    }
    match path {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": at(""),
                "authorization_endpoint": at("/authorize"),
                "token_endpoint": at("/token"),
                "userinfo_endpoint": at("/userinfo"),
                "jwks_uri": at("/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
            }),
        ),
        "/jwks" => {
            let public = URL_SAFE_NO_PAD.encode(state.key.public_key().as_ref());
            (
                200,
                json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "x": public}]}),
            )
        }
        "/token" => token(body, &at(""), state),
        // An address is always in the token here.
        _ => (404, json!({"error": "not_found"})),
    }
}

/// Exchanges a code, once, for whoever knows the verifier of its challenge.
fn token(body: &str, issuer: &str, state: &mut State) -> (u16, Value) {
    state.exchanges += 1;
    let sent = parameters(body);
    let refused = || (400, json!({"error": "invalid_grant"}));
    let known = sent.get("code").and_then(|code| state.codes.remove(code));
    let Some(attempt) = known else { return refused() };
    let verifier = sent.get("code_verifier").map(String::as_str).unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    if challenge != attempt.challenge {
        return refused();
    }
    let mut claims = json!({
        "iss": issuer,
        "aud": CLIENT_ID,
        "sub": "somebody",
        "iat": NOW,
        "exp": NOW + 36_000,
        "nonce": attempt.nonce,
    });
    for (name, value) in attempt.claims.as_object().into_iter().flatten() {
        if let Some(claims) = claims.as_object_mut() {
            claims.insert(name.clone(), value.clone());
        }
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "EdDSA", "kid": "one"})), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(state.key.sign(signed.as_bytes()));
    let id_token = format!("{signed}.{signature}");
    (200, json!({"access_token": "at-secret-canary", "token_type": "Bearer", "id_token": id_token}))
}
