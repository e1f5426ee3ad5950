//! Ten minutes without a request: the platform has suspended instances, and another one went on. Their first requests
//! after it are right.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that cannot go on stops, and a run says what it saw"
)]

use std::time::Duration;

use palisade_api_tests::Client;
use palisade_api_tests::function::{Deployment, Function};
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_test_servers::RedisServer;
use serde_json::{Value, json};

use super::way::Way;
use super::{ME, sign_in, sign_up};

const SUSPENSION: Duration = Duration::from_mins(10);
const USERS: &str = "/api/v1/users";
const REFRESH: &str = "/api/v1/auth/refresh";
const COOKIES: [&str; 2] = ["__Host-palisade-access", "__Host-palisade-refresh"];

/// Tokens outlive the suspension, so that nothing ends by its age.
const SETTINGS: [(&str, &str); 2] = [("ACCESS_TOKEN_TTL", "1h"), ("RATE_LIMIT_LOGIN", "3/1h")];

/// An instance, and people who signed in there. What happens to each of them elsewhere is in [`Self::go_on_elsewhere`].
struct Asleep {
    number: u8,
    function: Function,
    leaving: Client,
    banned: Client,
    promoted: Client,
    staying: Client,
    renewed: Client,
}

impl Asleep {
    async fn start(deployment: &Deployment, number: u8, variables: &[(&str, &str)]) -> Self {
        let function = deployment.start(&[&SETTINGS[..], variables].concat()).await;
        let person = async |who: &str| {
            let browser = function.browser(&home(number, who));
            sign_up(deployment, browser, &email(number, who)).await
        };
        let leaving = person("leaving").await;
        let banned = person("banned").await;
        let mut promoted = person("promoted").await;
        let (staying, renewed) = (person("staying").await, person("renewed").await);
        assert_eq!(promoted.get(USERS).await.status, 403);
        let mut asleep = Self { number, function, leaving, banned, promoted, staying, renewed };
        assert_eq!(asleep.guess().await, 401);
        asleep.function.suspend();
        asleep
    }

    /// A wrong password, at an address that has three attempts.
    async fn guess(&mut self) -> u16 {
        let mut browser = self.function.browser(&home(self.number, "guessing"));
        let guess = json!({"email": email(self.number, "staying"), "password": "a guess"});
        browser.post("/api/v1/auth/login", guess).await.status
    }

    async fn go_on_elsewhere(&self, deployment: &Deployment, awake: &Function) {
        let mut elsewhere = awake.browser(&home(self.number, "elsewhere"));
        sign_in(&mut elsewhere, &email(self.number, "leaving")).await;
        assert_eq!(elsewhere.post("/api/v1/auth/logout-all", Value::Null).await.status, 200);
        deployment.operate(&["user", "suspend", &email(self.number, "banned")]);
        deployment.operate(&["user", "set-role", &email(self.number, "promoted"), "admin"]);
    }

    /// Wakes the instance. The first requests come at once: those of people whose sessions ended, one with a token of a
    /// signing key that was withdrawn, one with a token of a key that the instance has never seen, and a refresh.
    async fn wake(mut self, awake: &Function) {
        let mut elsewhere = moved(&self.renewed, awake.browser(&home(self.number, "renewed")));
        assert_eq!(elsewhere.post(REFRESH, Value::Null).await.status, 200);
        self.renewed = moved(&elsewhere, self.function.browser(&home(self.number, "renewed")));

        self.function.resume();
        let (leaving, banned, staying, renewed, promoted) = tokio::join!(
            timed(&mut self.leaving, "GET", ME),
            timed(&mut self.banned, "GET", ME),
            timed(&mut self.staying, "GET", ME),
            timed(&mut self.renewed, "GET", ME),
            timed(&mut self.promoted, "POST", REFRESH),
        );
        let statuses = [leaving.0, banned.0, staying.0, renewed.0, promoted.0];
        let took = [leaving.1, banned.1, staying.1, renewed.1, promoted.1].map(|took| took.as_millis());
        let again = timed(&mut self.renewed, "GET", ME).await;
        println!(
            "instance {}: first answers {statuses:?} after {took:?} ms, the next one after {} ms",
            self.number,
            again.1.as_millis()
        );
        assert_eq!(statuses, [401, 401, 401, 200, 200]);
        assert_eq!(again.0, 200);
        assert_eq!(self.promoted.get(USERS).await.status, 200);
        // Its withdrawn token was all that it lost.
        assert_eq!(self.staying.post(REFRESH, Value::Null).await.status, 200);
        assert_eq!([self.guess().await, self.guess().await, self.guess().await], [401, 401, 429]);
    }
}

/// Each has an address of its own: limits count addresses.
fn home(number: u8, who: &str) -> String {
    let people = ["leaving", "banned", "promoted", "staying", "renewed", "guessing", "elsewhere"];
    let place = people.iter().position(|name| *name == who).expect("one of them");
    format!("203.0.{number}.{}", place + 1)
}

fn email(number: u8, who: &str) -> String {
    format!("{who}{number}@example.org")
}

/// The cookies of this browser in another one.
fn moved(from: &Client, mut to: Client) -> Client {
    for name in COOKIES {
        to.set_cookie(name, from.cookie(name).expect("it is signed in"));
    }
    to
}

async fn timed(browser: &mut Client, method: &str, path: &str) -> (u16, Duration) {
    let clock = SystemClock::new();
    let status = browser.send(method, path, &[], b"").await.status;
    (status, clock.monotonic())
}

/// The third instance reaches both servers over a way that has forgotten its connections by then, and tells nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes eleven minutes: see CONTRIBUTING.md"]
async fn after_ten_minutes_the_first_requests_are_right() {
    let deployment = Deployment::new();
    let redis = RedisServer::start().await.unwrap();
    let (to_mongodb, to_redis) =
        (Way::to(deployment.primary_port()).await, Way::to(port(&redis.url())).await);
    let over_the_ways = [
        ("DATABASE_URL", deployment.url_at(to_mongodb.address())),
        ("RATE_LIMIT_URL", format!("redis://{}", to_redis.address())),
    ];
    let over_the_ways = over_the_ways.each_ref().map(|(name, value)| (*name, value.as_str()));
    let awake = deployment.start(&SETTINGS).await;
    let all = [
        Asleep::start(&deployment, 1, &[]).await,
        Asleep::start(&deployment, 2, &[("RATE_LIMIT_URL", &redis.url())]).await,
        Asleep::start(&deployment, 3, &over_the_ways).await,
    ];
    for asleep in &all {
        asleep.go_on_elsewhere(&deployment, &awake).await;
    }
    deployment.operate(&["keys", "withdraw", "current"]);
    tokio::time::sleep(SUSPENSION).await;
    to_mongodb.forget();
    to_redis.forget();
    for asleep in all {
        asleep.wake(&awake).await;
    }
}

fn port(url: &str) -> u16 {
    let digits = url.trim_end_matches('/').rsplit(':').next().expect("a port");
    digits.parse().expect("a number")
}
