//! The dates of a deployment, minute by minute, and the expected state of each on every instance.

use std::time::Duration;

use super::findings::Findings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_api_tests::Client;
use palisade_api_tests::machines::{Deployment, Machine};
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_core::ports::{Clock as _, SystemClock};
use serde_json::{Value, json};

pub(crate) const ME: &str = "/api/v1/users/me";
pub(crate) const LOGIN: &str = "/api/v1/auth/login";
pub(crate) const LOGOUT: &str = "/api/v1/auth/logout";
const REFRESH: &str = "/api/v1/auth/refresh";
const REGISTER: &str = "/api/v1/auth/register";
const SETUP: &str = "/api/v1/auth/setup";
const VERIFY: &str = "/api/v1/auth/verify-email";
const LOGOUT_ALL: &str = "/api/v1/auth/logout-all";

/// By how much the difference in health may be off on a busy machine, in milliseconds.
const NEAR: u64 = 1500;
pub(crate) const ADA: &str = "ada@example.org";
const BEN: &str = "ben@example.org";
const SLOW: &str = "slow@example.org";
/// The minute in which the keys are told to turn.
const TURNED: i64 = 43;

/// How long each state is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than two looks of an instance at the store, and than two looks for mail that is due.
pub(crate) const LOOKS: Duration = Duration::from_secs(3);

pub(crate) async fn status(browser: &Client, path: &str) -> u16 {
    browser.clone().get(path).await.status
}

pub(crate) async fn posted(browser: &Client, path: &str, body: Value) -> u16 {
    browser.clone().post(path, body).await.status
}

/// Asks until this comes; gives what came last.
pub(crate) async fn until(browser: &Client, path: &str, expected: u16) -> u16 {
    let clock = SystemClock::new();
    let began = clock.monotonic();
    loop {
        let found = status(browser, path).await;
        if found == expected || clock.monotonic() > began + PATIENCE {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What comes instead of the first answer that is not a passing 503.
pub(crate) async fn settled(browser: &Client, path: &str) -> u16 {
    for _ in 0..100 {
        let found = status(browser, path).await;
        if found != 503 {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    503
}

/// Refreshes over a passing 503.
pub(crate) async fn refreshed(browser: &mut Client) -> u16 {
    for _ in 0..100 {
        let mut tried = browser.clone();
        let found = tried.post(REFRESH, Value::Null).await.status;
        if found != 503 {
            *browser = tried;
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    503
}

fn kid(browser: &Client) -> Value {
    let head = browser.cookie("palisade-access").unwrap().split('.').next().unwrap();
    serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap()["kid"].clone()
}

/// Waits until so many keys are published; gives how many are.
async fn published(machine: &Machine, count: usize) -> usize {
    let clock = SystemClock::new();
    let began = clock.monotonic();
    loop {
        let set = machine.server.program().get("/api/v1/auth/jwks").await;
        let found = set.at_if_json("/keys").as_array().map_or(0, Vec::len);
        if found == count || clock.monotonic() > began + PATIENCE * 3 {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn register(machine: &Machine, email: &str) -> Client {
    let mut browser = machine.browser();
    let answer = browser.post(REGISTER, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    browser
}

/// Somebody who registers at one machine and follows the link at the other.
pub(crate) async fn person(
    deployment: &Deployment,
    at: &Machine,
    follows: &Machine,
    email: &str,
    found: &mut Findings,
) {
    let browser = register(at, email).await;
    let token = deployment.mailed_token(email).await;
    let followed = posted(&follows.with_cookies_of(&browser), VERIFY, json!({"token": token})).await;
    found.same("a registration of the other instance", followed, 200);
}

/// The token of a setup link that the operator makes on this machine.
fn setup_link(machine: &Machine, email: &str) -> String {
    let ran = machine.command(&["admin", "create", "--email", email]);
    let (_, rest) = ran.printed.split_once("#token=").unwrap_or_else(|| panic!("{ran:?}"));
    rest.trim().to_owned()
}

async fn set_up(machine: &Machine, token: &str, email: &str) -> u16 {
    posted(&machine.browser(), SETUP, json!({"token": token, "email": email, "password": PASSWORD})).await
}

/// Guesses at one instance and the other in turns; gives what each was answered.
async fn guesses(deployment: &Deployment, email: &str, count: usize) -> Vec<u16> {
    let mut answers = Vec::new();
    for number in 0..count {
        let machine = if number % 2 == 0 { &deployment.here } else { &deployment.there };
        let body = json!({"email": email, "password": "a guess of somebody"});
        answers.push(posted(&machine.browser(), LOGIN, body).await);
    }
    answers
}

/// A known device gets in at both instances while strangers have used up the account.
async fn device_is(known: bool, deployment: &Deployment, device: &Client, found: &mut Findings) {
    let used_up = guesses(deployment, BEN, 6).await;
    found.same("the guesses are used up", used_up[4..].to_vec(), vec![429, 429]);
    for (machine, _) in deployment.both_ways() {
        let mut browser = machine.browser();
        browser.set_cookie("palisade-device", device.cookie("palisade-device").unwrap());
        let body = json!({"email": BEN, "password": PASSWORD});
        let answer = posted(&browser, LOGIN, body).await;
        found.same("a sign-in of the device", answer, if known { 200 } else { 429 });
    }
}

/// These tokens count nowhere, and go on not to.
pub(crate) async fn stay_out(deployment: &Deployment, ended: &[Client], minute: i64, found: &mut Findings) {
    for (machine, _) in deployment.both_ways() {
        for browser in ended {
            let answer = settled(&machine.with_cookies_of(browser), ME).await;
            found.same(&format!("a token that was signed out, in minute {minute}"), answer, 401);
        }
    }
}

/// Two people and what they hold, in a deployment with clocks that differ.
#[derive(Debug)]
pub(crate) struct Story {
    deployment: Deployment,
    found: Findings,
    /// Who signed out, as they were.
    ended: Vec<Client>,
    /// Ben's, whose device is known.
    device: Client,
    /// Ben's, who goes on all the time.
    lasting: Client,
    /// Ada's at each instance, whose refresh tokens somebody else will have too.
    stolen: Vec<Client>,
    /// Setup links that wait.
    links: [String; 2],
    /// A registration that nobody follows in time, and the token of its link.
    unproven: (Client, String),
}

impl Story {
    /// Minute 0: what is made at one instance is good at the other.
    pub(crate) async fn begin(row: &'static str, database: i64, instances: [i64; 2]) -> Self {
        let mut settings = GENEROUS.to_vec();
        let others = ["RATE_LIMIT_LOGIN_ACCOUNT", "RATE_LIMIT_LOGIN_SPRAY", "MAIL_BUDGET"];
        settings.retain(|(name, _)| !others.contains(name));
        settings.extend([
            // A mailed link lives twice as long at least.
            ("MAIL_BUDGET", "100000/10m"),
            ("RATE_LIMIT_LOGIN_ACCOUNT", "4/20m"),
            ("RATE_LIMIT_URL", "mongodb"),
            // One document of MongoDB remembers no more accounts.
            ("RATE_LIMIT_LOGIN_SPRAY", "10000/10m"),
            ("RATE_LIMIT_TIMEOUT", "5s"),
            ("REGISTRATION_TTL", "20m"),
            ("SETUP_TTL", "20m"),
            ("DEVICE_TTL", "24h"),
        ]);
        let deployment = Deployment::start(&[database], instances, &settings).await;
        let mut found = Findings::of(row);
        for (machine, _) in deployment.both_ways() {
            let (status, clock) = machine.clock_in_health().await;
            let difference = deployment.difference(machine);
            let near = clock["differenceMs"].as_i64().unwrap_or(i64::MAX).abs_diff(difference) < NEAR;
            let state = if difference.abs() > 30_000 { "degraded" } else { "up" };
            found.same("health", (status, clock["state"].as_str(), near), (200, Some(state), true));
        }
        let (here, there) = (&deployment.here, &deployment.there);
        person(&deployment, here, there, ADA, &mut found).await;
        person(&deployment, there, here, BEN, &mut found).await;
        let ended = signed_out(&deployment, &mut found).await;
        let device = here.sign_in(&here.browser(), BEN).await.unwrap();
        let lasting = there.sign_in(&there.browser(), BEN).await.unwrap();
        let mut stolen = Vec::new();
        for (number, (machine, other)) in deployment.both_ways().into_iter().enumerate() {
            let email = format!("root{number}@example.org");
            let token = setup_link(machine, &email);
            found.same("a setup link of the other instance", set_up(other, &token, &email).await, 201);
            stolen.push(machine.sign_in(&machine.browser(), ADA).await.unwrap());
        }
        let links = [setup_link(here, "in-time@example.org"), setup_link(there, "late@example.org")];
        let browser = register(here, "unproven@example.org").await;
        let unproven = (browser, deployment.mailed_token("unproven@example.org").await);
        device_is(true, &deployment, &device, &mut found).await;
        Self { deployment, found, ended, device, lasting, stolen, links, unproven }
    }

    pub(crate) async fn tell(mut self) {
        self.within_the_grace().await;
        self.a_mail_is_left_to_whoever_has_it().await;
        self.after_the_grace().await;
        self.within_the_windows().await;
        self.after_the_windows().await;
        self.another_key_signs().await;
        for (minute, known) in [(24 * 60 - 7, true), (24 * 60 + 20, false)] {
            self.deployment.until_minute(minute).await;
            device_is(known, &self.deployment, &self.device, &mut self.found).await;
        }
        self.found.end();
    }

    /// Within the grace of thirty seconds the token before is answered with the live one, by the other instance.
    async fn within_the_grace(&mut self) {
        let Self { deployment, found, ended, stolen, .. } = self;
        deployment.until_minute(2).await;
        stay_out(deployment, ended, 2, found).await;
        for (browser, (machine, other)) in stolen.iter().zip(deployment.both_ways()) {
            let mut live = machine.with_cookies_of(browser);
            found.same("a refresh", refreshed(&mut live).await, 200);
            let token = |browser: &Client| browser.cookie("palisade-refresh").map(str::to_owned);
            found.same("it is the same token", token(&live) == token(browser), false);
            let mut again = other.with_cookies_of(browser);
            found.same("the token before, within the grace", refreshed(&mut again).await, 200);
            found.same("what it gets", token(&again), token(&live));
            ended.push(live);
        }
    }

    /// A mail that one instance has is taken by no other, and when that one dies, by another two minutes later.
    async fn a_mail_is_left_to_whoever_has_it(&mut self) {
        let Self { deployment, found, .. } = self;
        register(&deployment.here, SLOW).await;
        deployment.mailed_token(SLOW).await;
        tokio::time::sleep(LOOKS).await;
        found.same("letters while an instance has the mail", deployment.letters_to(SLOW), 1);
        for machine in [&mut deployment.here, &mut deployment.there] {
            machine.server.die();
        }
        for machine in [&mut deployment.here, &mut deployment.there] {
            machine.start_again().await;
        }
        deployment.mail.mend();
        tokio::time::sleep(LOOKS).await;
        found.same("letters while the mail is the dead one's", deployment.letters_to(SLOW), 1);
    }

    /// The token before ends its session, and the mail of the dead is sent once more.
    async fn after_the_grace(&mut self) {
        let Self { deployment, found, ended, stolen, lasting, .. } = self;
        deployment.until_minute(7).await;
        let clock = SystemClock::new();
        let began = clock.monotonic();
        while deployment.letters_to(SLOW) < 2 && clock.monotonic() < began + PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for (browser, (_, other)) in stolen.iter().zip(deployment.both_ways()) {
            // By whoever has nothing but the token: what the device itself presents late is pardoned once.
            let mut thief = other.browser();
            thief.set_cookie("palisade-refresh", browser.cookie("palisade-refresh").unwrap());
            found.same("the token before, later", refreshed(&mut thief).await, 401);
        }
        for browser in ended.iter() {
            let answer = until(&deployment.here.with_cookies_of(browser), ME, 401).await;
            found.same("the session that it was of", answer, 401);
        }
        stay_out(deployment, ended, 7, found).await;
        found.same("who stays", settled(&deployment.here.with_cookies_of(lasting), ME).await, 200);
    }

    /// Links and limits of twenty minutes hold.
    async fn within_the_windows(&mut self) {
        let Self { deployment, found, ended, links, lasting, .. } = self;
        for minute in [9, 12] {
            deployment.until_minute(minute).await;
            stay_out(deployment, ended, minute, found).await;
        }
        let there = &deployment.there;
        found.same("guesses in the window", guesses(deployment, BEN, 2).await, vec![429, 429]);
        found.same("a setup link in time", set_up(there, &links[0], "in-time@example.org").await, 201);
        deployment.until_minute(18).await;
        stay_out(deployment, ended, 18, found).await;
        let mut last = deployment.here.with_cookies_of(lasting);
        found.same("who stays, after ten minutes", settled(&last, ME).await, 401);
        found.same("who stays refreshes", refreshed(&mut last).await, 200);
        found.same("who stays", settled(&deployment.there.with_cookies_of(&last), ME).await, 200);
        *lasting = last;
    }

    /// Links and limits of twenty minutes are over. Who signs out everywhere stays out for as long as a token lives.
    async fn after_the_windows(&mut self) {
        let Self { deployment, found, ended, links, unproven, .. } = self;
        deployment.until_minute(28).await;
        for (machine, _) in deployment.both_ways() {
            found.same("a setup link too late", set_up(machine, &links[1], "late@example.org").await, 404);
            let browser = machine.with_cookies_of(&unproven.0);
            let answer = posted(&browser, VERIFY, json!({"token": unproven.1})).await;
            found.same("a registration too late", answer, 400);
        }
        let again = guesses(deployment, BEN, 6).await;
        found.same("guesses after the window", again, vec![401, 401, 401, 401, 429, 429]);
        let (here, there) = (&deployment.here, &deployment.there);
        let everywhere = there.sign_in(&there.browser(), ADA).await.unwrap();
        found.same("signing out everywhere", posted(&everywhere, LOGOUT_ALL, Value::Null).await, 200);
        found.same("at the other", until(&here.with_cookies_of(&everywhere), ME, 401).await, 401);
        ended.push(everywhere);
        for minute in [31, 35, 38, TURNED] {
            deployment.until_minute(minute).await;
            stay_out(deployment, ended, minute, found).await;
        }
        found.same("letters in the end", deployment.letters_to(SLOW), 2);
    }

    /// The next key signs after an hour and the life of an access token, at both instances.
    async fn another_key_signs(&mut self) {
        let Self { deployment, found, lasting, .. } = self;
        let before = kid(lasting);
        found.same("keys rotate", deployment.here.command(&["keys", "rotate"]).status, Some(0));
        // Each instance looks once a minute, by its monotonic time.
        for (machine, _) in deployment.both_ways() {
            found.same("the next key is published", published(machine, 2).await, 2);
        }
        for (minute, is_next) in [(TURNED + 3, false), (TURNED + 65, false), (TURNED + 75, true)] {
            deployment.until_minute(minute).await;
            for (machine, other) in deployment.both_ways() {
                let mut browser = machine.with_cookies_of(lasting);
                found.same("a refresh beside a next key", refreshed(&mut browser).await, 200);
                found.same(&format!("the next key signs, minute {minute}"), kid(&browser) != before, is_next);
                found.same("its token", settled(&other.with_cookies_of(&browser), ME).await, 200);
                *lasting = browser;
            }
        }
    }
}

/// Ada signs in and out at each instance; gives what she had.
async fn signed_out(deployment: &Deployment, found: &mut Findings) -> Vec<Client> {
    let mut ended = Vec::new();
    for (machine, other) in deployment.both_ways() {
        let browser = machine.sign_in(&machine.browser(), ADA).await.unwrap();
        found.same("signed in, at the other", until(&other.with_cookies_of(&browser), ME, 200).await, 200);
        found.same("signing out", posted(&browser, LOGOUT, Value::Null).await, 200);
        found.same("signed out, at the other", until(&other.with_cookies_of(&browser), ME, 401).await, 401);
        ended.push(browser);
    }
    ended
}
