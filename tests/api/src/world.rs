//! A world in one line: the real router on a port of its own, its own database, a clock that tests drive, and people.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::{Config, Env};
use palisade_core::health::Health;
use palisade_core::openapi::Documentation;
use palisade_core::ports::{Clock, SystemRng, TestClock};
use palisade_core::server::Server;
use palisade_core::utils::crypto::password::BcryptCost;
use palisade_core::utils::logger::{Captured, LogFormat, Logger};
use palisade_core::utils::time::Timestamp;
use palisade_modules::user::types::Email;
use palisade_modules::{Background, Services, System};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;

/// The password of everyone the world makes.
pub const PASSWORD: &str = "a long enough passphrase";

/// Limits that do not get in the way of a test about something else.
pub const GENEROUS: [(&str, &str); 11] = [
    ("RATE_LIMIT_STRICT", "100000/60s"),
    ("RATE_LIMIT_NORMAL", "100000/60s"),
    ("RATE_LIMIT_NORMAL_NETWORK", "100000/60s"),
    ("RATE_LIMIT_RELAXED", "100000/60s"),
    ("RATE_LIMIT_PROBE", "100000/60s"),
    ("RATE_LIMIT_LOGIN_NETWORK", "100000/1h"),
    ("RATE_LIMIT_LOGIN_ACCOUNT", "100000/15m"),
    ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "100000/1d"),
    ("RATE_LIMIT_LOGIN_DEVICE", "100000/15m"),
    ("MAIL_BUDGET", "100000/15m"),
    ("HASHING_QUEUE", "10000"),
];

/// A server in this process. Dropping it ends it.
#[derive(Debug)]
pub struct World {
    /// The server's clock. It stands still until it is told to move.
    pub clock: Arc<TestClock>,
    /// What was logged as access lines.
    pub log: Arc<Captured>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The services, for what no route does.
    pub services: Services,
    /// Where its database is.
    pub folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    background: Option<Background>,
}

impl World {
    /// A development server with generous limits.
    pub async fn new() -> Self {
        Self::with(&GENEROUS).await
    }

    /// A development server with the limits it would have.
    pub async fn limited() -> Self {
        Self::with(&[]).await
    }

    /// A development server with generous limits and these variables.
    pub async fn set(variables: &[(&str, &str)]) -> Self {
        let mut all = GENEROUS.to_vec();
        all.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
        all.extend_from_slice(variables);
        Self::with(&all).await
    }

    /// A server with exactly these variables, beside the place of its database.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        Self::within(tempfile::tempdir().unwrap(), variables).await
    }

    /// A server over a database that may be there already.
    pub async fn within(folder: TempDir, variables: &[(&str, &str)]) -> Self {
        // The time of the machine, so that what a browser or another program thinks of expiry agrees.
        Self::within_at(folder, variables, Timestamp::from_secs(1_800_000_000)).await
    }

    /// The same at this time: for a database that a server with another clock has written.
    pub async fn within_at(folder: TempDir, variables: &[(&str, &str)], now: Timestamp) -> Self {
        let database = format!("sqlite://{}", folder.path().join("palisade.db").display());
        let env = Env::from_pairs(
            variables.iter().copied().chain([("DATABASE_URL", database.as_str()), ("PORT", "8080")]),
        );
        let config = Config::load(&env, &SystemRng).unwrap_or_else(|errors| panic!("{errors}"));
        let clock = Arc::new(TestClock::at(now));
        let log = Arc::new(Captured::default());
        let logger = Logger::new(
            config.app.log_level.clone(),
            LogFormat::Json,
            Arc::clone(&log) as _,
            Arc::clone(&clock) as _,
        );
        let system = System {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            rng: Arc::new(SystemRng),
            hash_cost: Some(BcryptCost::for_tests(4)),
        };
        let services = Services::open(&config, system).await.unwrap();
        let (health, documentation) = (Health::new(), Documentation::new());
        let routes = palisade::api::mount(&config, &services, &health, &documentation).finish().unwrap();
        documentation.describe(&routes, palisade::cli::info(&config));
        let server = Server::new(&config, services.ports(health, logger.access_log()), routes).unwrap();
        let background = services.start().await.unwrap();
        let listening = server.listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listening.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(listening.serve(async {
            let _ = stopped.await;
        }));
        Self {
            clock,
            log,
            address,
            services,
            folder,
            stop: Some(stop),
            serving: Some(serving),
            background: Some(background),
        }
    }

    /// Stops the server and everything beside it, and gives the database back.
    pub async fn stop(mut self) -> TempDir {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
        if let Some(background) = self.background.take() {
            background.stop().await;
        }
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A browser that nobody is signed in with.
    pub fn browser(&self) -> Client {
        Client::new(self.address, "localhost:8080").from_origin("http://localhost:8080")
    }

    /// A program: no cookies, no origin.
    pub fn program(&self) -> Client {
        Client::new(self.address, "localhost:8080")
    }

    /// The browser of somebody with this address: registered, proven, signed in.
    pub async fn user(&self, email: &str) -> Client {
        let mut browser = self.browser();
        self.registered(&mut browser, email).await;
        let signed_in =
            browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        browser
    }

    /// Registers and proves an address in this browser.
    pub async fn registered(&self, browser: &mut Client, email: &str) {
        let asked = browser
            .post("/api/v1/auth/register", json!({"email": email, "password": PASSWORD, "name": "Somebody"}))
            .await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        let token = self.mailed_token(email).await;
        let proven = browser.post("/api/v1/auth/verify-email", json!({"token": token})).await;
        assert_eq!(proven.status, 200, "{}", proven.body);
    }

    /// The browser of a super-admin who is signed in.
    pub async fn super_admin(&self, email: &str) -> Client {
        use palisade_core::identity::Operator;
        use palisade_core::input::Field as _;
        use palisade_modules::user::types::NewPassword;

        let operator = Operator::act("test world");
        let address = Email::parse(email).unwrap();
        let password = NewPassword::from_text(PASSWORD.to_owned()).unwrap();
        self.services.auth.create_super_admin(&operator, address, password).await.unwrap();
        let mut browser = self.browser();
        let signed_in =
            browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        browser
    }

    /// The mails of the development mailbox, newest first.
    pub async fn mails(&self) -> Vec<Value> {
        let mut reader = self.program().with_header("Accept", "application/json");
        let mailbox = reader.get("/dev/mailbox?limit=100").await;
        mailbox.at("/data/items").as_array().cloned().unwrap_or_default()
    }

    /// Waits for the newest mail to this address.
    pub async fn mail_to(&self, email: &str) -> Value {
        self.mails_to(email, 1).await.remove(0)
    }

    /// Waits until so many mails to this address are there; newest first.
    pub async fn mails_to(&self, email: &str, count: usize) -> Vec<Value> {
        for _ in 0..500 {
            let mut found = self.mails().await;
            found.retain(|mail| mail["to"] == email);
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} mails to {email} did not come")
    }

    /// The token of the link in the newest mail to this address.
    pub async fn mailed_token(&self, email: &str) -> String {
        token_of(&self.mail_to(email).await)
    }
}

/// The token of the first link of a mail.
pub fn token_of(mail: &Value) -> String {
    let link = mail["links"][0].as_str().unwrap_or_else(|| panic!("no link in {mail}"));
    link.split_once("#token=").expect("the token is in the fragment").1.to_owned()
}

impl Drop for World {
    fn drop(&mut self) {
        // The runtime of the test ends its tasks; this only makes the server stop listening at once.
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}
