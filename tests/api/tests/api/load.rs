//! Users who register, sign in, refresh and rename themselves without pause, and record every acknowledged write: a
//! server must still know all of them after any failure of it or its store.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod post;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use palisade_api_tests::binary::Binary;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client};
use palisade_core::ports::{Clock as _, SystemClock};
pub(crate) use post::Post;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

const REGISTER: &str = "/api/v1/auth/register";
const VERIFY: &str = "/api/v1/auth/verify-email";
const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";

/// What they do. Of each there are so many at a time.
pub(crate) const KINDS: [(&str, usize); 4] = [("register", 2), ("login", 1), ("refresh", 3), ("rename", 2)];

/// Before asking again when there was no answer, or one that said so.
const PAUSE: Duration = Duration::from_millis(25);

/// One request, in time since the load began.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) kind: &'static str,
    pub(crate) started: Duration,
    pub(crate) ended: Duration,
    /// Nothing when there was no answer.
    pub(crate) answer: Option<Answer>,
}

impl Asked {
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.status < 300)
    }
}

/// What all of them share.
#[derive(Debug)]
pub(crate) struct Account {
    clock: SystemClock,
    stop: AtomicBool,
    asked: parking_lot::Mutex<Vec<Asked>>,
    numbers: AtomicUsize,
    /// What was acknowledged last.
    pub(crate) acknowledged: watch::Sender<&'static str>,
}

/// How one of them ended.
#[derive(Debug)]
enum Ended {
    /// Everybody who was registered, and what became of the request.
    Registered(Vec<Registered>),
    /// The newest of those who signed in.
    SignedIn(Vec<Client>),
    Refreshed(Client),
    Renamed(Renamed),
}

/// Somebody who asked to be registered.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) email: String,
    /// With the cookie of the browser, when it was acknowledged.
    pub(crate) cookie: Option<String>,
}

/// Somebody who took one name after another.
#[derive(Debug)]
struct Renamed {
    browser: Client,
    first_revision: i64,
    acknowledged: usize,
    tried: usize,
    /// The last that was acknowledged, and those that were tried after it.
    possible: Vec<String>,
}

/// The load on one server, which may be started again at the same address.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) account: Arc<Account>,
    people: JoinSet<Ended>,
}

impl Load {
    /// Lets everybody register and sign in who has to, and then begin.
    pub(crate) async fn begin(server: &Binary, post: &Post) -> Self {
        let account = Arc::new(Account {
            clock: SystemClock::new(),
            stop: AtomicBool::new(false),
            asked: parking_lot::Mutex::default(),
            numbers: AtomicUsize::new(0),
            acknowledged: watch::Sender::new(""),
        });
        let mut people = JoinSet::new();
        for (kind, count) in KINDS {
            for _ in 0..count {
                let account = Arc::clone(&account);
                match kind {
                    "register" => people.spawn(account.register(server.browser())),
                    "login" => {
                        let (_, email) = person(server, post, account.number()).await;
                        people.spawn(account.sign_in(server.browser(), email))
                    }
                    "refresh" => {
                        let (browser, _) = person(server, post, account.number()).await;
                        people.spawn(account.refresh(browser))
                    }
                    _ => {
                        let (browser, _) = person(server, post, account.number()).await;
                        people.spawn(account.rename(browser))
                    }
                };
            }
        }
        Self { account, people }
    }

    /// Waits until each kind of request has been acknowledged that was begun after this moment.
    pub(crate) async fn goes_on_since(&mut self, moment: Duration) {
        self.goes_on_with(&KINDS.map(|(kind, _)| kind), moment).await;
    }

    /// Waits until each of these kinds of request has been acknowledged that was begun after this moment.
    pub(crate) async fn goes_on_with(&mut self, kinds: &[&str], moment: Duration) {
        let account = Arc::clone(&self.account);
        let waiting = account.now();
        loop {
            self.still_goes_on();
            let missing: Vec<&str> = {
                let asked = account.asked.lock();
                let fine =
                    |kind: &str| {
                        asked.iter().rev().take_while(|asked| asked.ended > moment).any(|asked| {
                            asked.kind == kind && asked.started > moment && asked.is_acknowledged()
                        })
                    };
                kinds.iter().copied().filter(|kind| !fine(kind)).collect()
            };
            if missing.is_empty() {
                return;
            }
            assert!(
                account.now() < waiting + Duration::from_mins(2),
                "no {missing:?} comes through any more"
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whoever has seen something that must not be ends, and says it here.
    pub(crate) fn still_goes_on(&mut self) {
        if let Some(ended) = self.people.try_join_next() {
            panic!("one ended early: {:?}", ended.unwrap());
        }
    }

    /// Lets everybody finish, then holds the server to the sessions and names it has acknowledged. Gives everybody who
    /// asked to be registered, which [`Post`] holds it to.
    pub(crate) async fn settle(mut self) -> Vec<Registered> {
        self.account.stop.store(true, Ordering::Release);
        let mut registered = Vec::new();
        while let Some(ended) = self.people.join_next().await {
            match ended.unwrap() {
                Ended::Registered(people) => registered.extend(people),
                Ended::SignedIn(sessions) => {
                    for mut session in sessions {
                        // Nothing else asks for the session: an access token says by itself who it is for.
                        let answer = session.post(REFRESH, Value::Null).await;
                        assert_eq!(answer.status, 200, "a sign-in was lost: {}", answer.body);
                    }
                }
                Ended::Refreshed(mut browser) => {
                    let answer = browser.post(REFRESH, Value::Null).await;
                    assert_eq!(answer.status, 200, "a refresh was lost: {}", answer.body);
                }
                Ended::Renamed(renamed) => renamed.check().await,
            }
        }
        registered
    }
}

impl Account {
    /// Since the load began.
    pub(crate) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().clone()
    }

    /// Whether more is asked.
    pub(crate) fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Acquire)
    }

    /// A number nobody else has.
    fn number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The answer, if it acknowledges. What is neither that nor "not now" must not be.
    async fn ask(
        &self,
        kind: &'static str,
        client: &mut Client,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Option<Answer> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers = if body.is_null() { &[][..] } else { &[("Content-Type", "application/json")] };
        let started = self.now();
        let answer = client.attempt(method, path, headers, text.as_bytes()).await.ok();
        let asked = Asked { kind, started, ended: self.now(), answer };
        if let Some(answer) = &asked.answer {
            assert!(matches!(answer.status, 200..300 | 503), "{kind}: {} {}", answer.status, answer.body);
        }
        self.asked.lock().push(asked.clone());
        if asked.is_acknowledged() {
            self.acknowledged.send_replace(kind);
            return asked.answer;
        }
        tokio::time::sleep(PAUSE).await;
        None
    }

    async fn register(self: Arc<Self>, browser: Client) -> Ended {
        let mut registered = Vec::new();
        while self.goes_on() {
            let email = format!("new-{}@example.org", self.number());
            let body = json!({"email": email, "password": PASSWORD, "name": "Ada"});
            let mut browser = browser.clone();
            let answer = self.ask("register", &mut browser, "POST", REGISTER, &body).await;
            let cookie =
                answer.map(|_| browser.cookie("palisade-registration").expect("a cookie").to_owned());
            registered.push(Registered { email, cookie });
        }
        Ended::Registered(registered)
    }

    async fn sign_in(self: Arc<Self>, browser: Client, email: String) -> Ended {
        // The older ones end when there are fifty.
        const KEPT: usize = 10;
        let mut sessions: Vec<Client> = Vec::new();
        let mut doubted = false;
        let body = json!({"email": email, "password": PASSWORD});
        while self.goes_on() {
            let mut browser = browser.clone();
            if self.ask("login", &mut browser, "POST", LOGIN, &body).await.is_none() {
                doubted = true;
                continue;
            }
            sessions.push(browser);
            sessions.drain(..sessions.len().saturating_sub(KEPT));
            // What was acknowledged before something happened holds after it.
            if std::mem::take(&mut doubted) {
                for session in &mut sessions {
                    doubted |= self.ask("refresh", session, "POST", REFRESH, &Value::Null).await.is_none();
                }
            }
        }
        Ended::SignedIn(sessions)
    }

    async fn refresh(self: Arc<Self>, mut browser: Client) -> Ended {
        while self.goes_on() {
            // Without an answer, the same token again.
            self.ask("refresh", &mut browser, "POST", REFRESH, &Value::Null).await;
            tokio::time::sleep(PAUSE).await;
        }
        Ended::Refreshed(browser)
    }

    async fn rename(self: Arc<Self>, mut browser: Client) -> Ended {
        let before = browser.get(ME).await;
        let mut renamed = Renamed {
            browser,
            first_revision: before.at("/data/revision").as_i64().unwrap(),
            acknowledged: 0,
            tried: 0,
            possible: Vec::new(),
        };
        while self.goes_on() {
            let name = format!("Number {}", self.number());
            renamed.tried += 1;
            let answer =
                self.ask("rename", &mut renamed.browser, "PATCH", ME, &json!({ "name": name })).await;
            if answer.is_none() {
                renamed.possible.push(name);
                continue;
            }
            renamed.acknowledged += 1;
            renamed.possible = vec![name.clone()];
            // Whoever is told that it is done sees that it is done.
            if let Some(seen) = self.ask("read", &mut renamed.browser, "GET", ME, &Value::Null).await {
                assert_eq!(seen.at("/data/name"), json!(name), "an acknowledged name is not there");
            }
        }
        Ended::Renamed(renamed)
    }
}

impl Renamed {
    /// The name is the last that was acknowledged or one that was tried after it, and no change was made twice.
    async fn check(mut self) {
        let now = self.browser.get(ME).await;
        assert_eq!(now.status, 200, "{}", now.body);
        let name = now.at("/data/name").as_str().unwrap().to_owned();
        assert!(
            self.possible.contains(&name),
            "an acknowledged name was lost: {name} is none of {:?}",
            self.possible
        );
        let changes =
            usize::try_from(now.at("/data/revision").as_i64().unwrap() - self.first_revision).unwrap();
        let possible = self.acknowledged..=self.tried;
        assert!(possible.contains(&changes), "{changes} changes for {possible:?} requests");
    }
}

/// Somebody new who is signed in.
async fn person(server: &Binary, post: &Post, number: usize) -> (Client, String) {
    let mut browser = server.browser();
    let email = format!("somebody-{number}@example.org");
    let asked = json!({"email": email, "password": PASSWORD, "name": "Ada"});
    assert_eq!(browser.post(REGISTER, asked).await.status, 202);
    let mut waited = 0;
    let token = loop {
        if let Some(token) = post.token(&email) {
            break token;
        }
        waited += 1;
        assert!(waited < 1200, "no mail to {email}");
        tokio::time::sleep(PAUSE).await;
    };
    let proven = browser.post(VERIFY, json!({ "token": token })).await;
    assert_eq!(proven.status, 200, "{}", proven.body);
    let signed_in = browser.post(LOGIN, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    (browser, email)
}

/// The registering browser opens its link and signs in with the password it had chosen before.
pub(crate) async fn follow(browser: Client, post: &Post, one: &Registered) {
    let token = post.token(&one.email).expect("a mail");
    let mut registering = browser.clone();
    registering.set_cookie("palisade-registration", one.cookie.as_deref().unwrap());
    let proven = registering.post(VERIFY, json!({ "token": token })).await;
    assert_eq!((proven.status, proven.at("/data/user/name")), (200, json!("Ada")), "{}", proven.body);
    let body = json!({"token": token, "password": PASSWORD});
    let again = browser.clone().post(VERIFY, body).await;
    assert_eq!(again.code(), "TOKEN_INVALID", "a link works once");
    let signed_in = registering.post(LOGIN, json!({"email": one.email, "password": PASSWORD})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    assert_eq!(registering.get(ME).await.at("/data/email"), json!(one.email));
}
