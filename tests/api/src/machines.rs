//! Instances of the product's binary, each with its own right or wrong clock, over one replica set whose clock may be
//! wrong as well. Tests advance time by setting all clocks ahead by the same amount.

use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::doc;
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_test_servers::{MongoDatabase, Options, ReplicaSet, WrongClock};
use serde_json::{Value, json};

use crate::binary::{self, Binary, Ran};
use crate::database::Database;
use crate::smtp::MailServer;
use crate::world::PASSWORD;
use palisade_test::Client;

/// The host of all of them, wherever they listen.
const AUTHORITY: &str = "localhost:8080";
/// The maximum time until all processes use a clock that was set.
const PATIENCE: Duration = Duration::from_secs(20);
/// The tolerance between two equal clocks on a busy machine, in milliseconds.
const NEAR: u64 = 1500;

/// An instance and its clock.
#[derive(Debug)]
pub struct Machine {
    /// The instance, which is dropped before its clock.
    pub server: Binary,
    clock: WrongClock,
    off_by: i64,
    variables: Vec<(String, String)>,
}

impl Machine {
    /// Starts an instance whose clock is off by so many seconds.
    pub async fn start(off_by: i64, variables: &[(String, String)]) -> Self {
        let clock = WrongClock::off_by(off_by).unwrap();
        let mut variables = variables.to_vec();
        variables.push(("APP_URL".to_owned(), format!("http://{AUTHORITY}")));
        let of_the_clock = clock.environment().into_iter().map(|(name, value)| (name.to_owned(), value));
        variables.extend(of_the_clock);
        let server = Binary::start(&borrowed(&variables)).await;
        Self { server, clock, off_by, variables }
    }

    /// Restarts it, and waits until it is ready.
    pub async fn start_again(&mut self) {
        self.server.start_again(&borrowed(&self.variables)).await;
    }

    /// Sets how many seconds the clock is off.
    pub fn set_clock(&mut self, off_by: i64) {
        self.off_by = off_by;
        self.clock.set(off_by).unwrap();
    }

    /// A browser without a session.
    pub fn browser(&self) -> Client {
        Client::new(self.server.address(), AUTHORITY).from_origin(&format!("http://{AUTHORITY}"))
    }

    /// A browser at this machine with the cookies of another.
    pub fn with_cookies_of(&self, other: &Client) -> Client {
        let mut browser = self.browser();
        for name in ["palisade-access", "palisade-refresh", "palisade-device", "palisade-registration"] {
            if let Some(value) = other.cookie(name) {
                browser.set_cookie(name, value);
            }
        }
        browser
    }

    /// Signs in with an existing browser.
    ///
    /// # Errors
    /// Any other answer.
    pub async fn sign_in(&self, browser: &Client, email: &str) -> Result<Client, String> {
        let mut browser = self.with_cookies_of(browser);
        let body = json!({"email": email, "password": PASSWORD});
        let answer = browser.post("/api/v1/auth/login", body).await;
        if answer.status == 200 { Ok(browser) } else { Err(answer.body) }
    }

    /// The status of the health answer, and its part about the clock.
    pub async fn clock_in_health(&self) -> (u16, Value) {
        let health = self.server.program().get("/api/v1/health").await;
        let dependencies = health.at_if_json("/data/dependencies");
        let clock = dependencies.as_array().into_iter().flatten().find(|found| found["name"] == "clock");
        (health.status, clock.cloned().unwrap_or_default())
    }

    /// Runs an operator's command on this machine.
    pub fn command(&self, arguments: &[&str]) -> Ran {
        binary::run(self.server.folder(), arguments, &borrowed(&self.variables))
    }
}

/// Two instances over one database.
#[derive(Debug)]
pub struct Deployment {
    /// One instance.
    pub here: Machine,
    /// The other.
    pub there: Machine,
    /// The mail server.
    pub mail: MailServer,
    /// The replica set.
    pub set: ReplicaSet,
    clocks: Vec<WrongClock>,
    off_by: i64,
    /// Monotonic.
    began: Duration,
    /// The seconds by which all clocks were set ahead.
    passed: i64,
    database: Arc<MongoDatabase>,
}

impl Deployment {
    /// Starts members and two instances with clocks that are off by these seconds.
    pub async fn start(members: &[i64], [here, there]: [i64; 2], settings: &[(&str, &str)]) -> Self {
        let clocks: Vec<WrongClock> = members.iter().map(|off| WrongClock::off_by(*off).unwrap()).collect();
        let options = if members.len() > 1 { Options::for_failover() } else { Options::single() };
        let set = ReplicaSet::by_clocks(options, &clocks.iter().collect::<Vec<_>>()).await.unwrap();
        let database = Arc::new(MongoDatabase::on(&set.url()));
        let mail = MailServer::slow_for("slow@example.org", Duration::from_secs(25));
        let mut variables: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let place = Database::mongodb(&database).variables();
        variables.extend(place.into_iter().map(|(name, value)| (name.to_owned(), value)));
        variables.push(("SMTP_URL".to_owned(), mail.url()));
        variables.push(("MAIL_FROM".to_owned(), "no-reply@example.org".to_owned()));
        let here = Machine::start(here, &variables).await;
        let there = Machine::start(there, &variables).await;
        let began = SystemClock::new().monotonic();
        Self { here, there, mail, set, clocks, off_by: *members.first().unwrap(), began, passed: 0, database }
    }

    /// Each instance together with the other.
    pub fn both_ways(&self) -> [(&Machine, &Machine); 2] {
        [(&self.here, &self.there), (&self.there, &self.here)]
    }

    /// Advances all clocks to so many minutes after the start, unless it is later already, and waits until all
    /// processes use the new time.
    pub async fn until_minute(&mut self, minute: i64) {
        let own = SystemClock::new();
        let really = own.monotonic().saturating_sub(self.began).as_secs();
        let further = (minute * 60 - i64::try_from(really).unwrap() - self.passed).max(0);
        self.passed += further;
        for clock in &self.clocks {
            clock.set(self.off_by + self.passed).unwrap();
        }
        for machine in [&mut self.here, &mut self.there] {
            machine.set_clock(machine.off_by + further);
        }
        let began = own.monotonic();
        loop {
            let wrong = self.heard().await;
            if wrong.is_empty() {
                return;
            }
            assert!(own.monotonic() < began + PATIENCE, "a clock that was set is not heard of: {wrong}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The clocks that do not show the expected time yet.
    async fn heard(&self) -> String {
        let hello = self.database.run(async |database| database.run_command(doc! {"hello": 1}).await);
        let theirs = hello.get_datetime("localTime").unwrap().timestamp_millis();
        let off = (self.off_by + self.passed) * 1000;
        if theirs.abs_diff(SystemClock::new().now().as_millis() + off) > NEAR {
            return format!("the database says {theirs}");
        }
        for machine in [&self.here, &self.there] {
            let (status, clock) = machine.clock_in_health().await;
            let difference = clock.get("differenceMs").and_then(Value::as_i64).unwrap_or(i64::MAX);
            if status != 200 || difference.abs_diff(self.difference(machine)) > NEAR {
                return format!("{status} {clock}");
            }
        }
        String::new()
    }

    /// How far the store's clock is ahead of this machine's, in milliseconds.
    pub fn difference(&self, machine: &Machine) -> i64 {
        (self.off_by + self.passed - machine.off_by) * 1000
    }

    /// Waits for a mail to this address, and returns the token of its link.
    pub async fn mailed_token(&self, email: &str) -> String {
        for _ in 0..500 {
            if let Some(letter) = self.mail.letters().iter().rfind(|letter| letter.to == email) {
                // Quoted-printable: `=` at the end of a line continues it, and `=3D` is an equals sign.
                let text = letter.text.replace("=\n", "").replace("=3D", "=");
                let token = text.split_once("#token=").expect("the token is in the fragment").1;
                return token.split_whitespace().next().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no mail to {email} came")
    }

    /// The number of mails to this address.
    pub fn letters_to(&self, email: &str) -> usize {
        self.mail.letters().iter().filter(|letter| letter.to == email).count()
    }
}

fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
