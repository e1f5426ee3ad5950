//! Storms of sign-ins, on each engine: the effect on other requests, the number of successful sign-ins, and the
//! refusals of those above the capacity.

mod clients;

use std::time::Duration;

use clients::{Crowd, Storm};
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;

use crate::load::{Load, histogram, now};
use crate::pages::MongoDatabase;
use crate::process::Running;
use crate::report::{Report, median};
use crate::wire::{Connection, status};
use crate::{Failure, account};

/// As many clients as may wait for a hash at most; each signs in again at once.
const STORM: Crowd = Crowd { clients: 32, rest: Duration::ZERO };
/// Four times as many. The server asks refused clients to wait at least a second; these are less patient.
const TOO_MANY: Crowd = Crowd { clients: 128, rest: Duration::from_millis(100) };
/// The accounts of the observer and of the storm: each client has its own account, and signs in fewer than fifty
/// times. In an account with more than fifty sessions each sign-in ends the oldest.
const ACCOUNTS: usize = 1 + TOO_MANY.clients;
/// Accounts that are made at once.
const STEP: usize = 8;
/// The number of turns for comparisons: of the observers, and of sign-ins, of which each turn contains more.
const WATCHES: usize = 9;
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
/// Sign-ins from a known device during an overload.
const OWNERS: usize = 20;
/// Clients that ask while others sign in: few and unhurried, so that the measured wait is not their own load.
const WATCHERS: u32 = 4;
const PACE: Duration = Duration::from_millis(10);

/// A server that computes several hashes at once and one that computes them in sequence, each over its own store.
struct Place {
    engine: &'static str,
    lanes: Running,
    library: Running,
    accounts: Vec<String>,
    /// The database of the first server, unless it is in its folder.
    database: Option<MongoDatabase>,
    // Dropped after the servers.
    _folders: Vec<tempfile::TempDir>,
}

/// The embedded engine.
pub(crate) async fn on_sqlite(report: &mut Report) -> Result<(), Failure> {
    Place::enter("sqlite", None).await?.measure(report).await
}

/// MongoDB: a separate replica set.
pub(crate) async fn on_mongodb(report: &mut Report) -> Result<(), Failure> {
    let servers = palisade_test_servers::ReplicaSet::start().await?;
    let lanes = MongoDatabase::named(&servers.url(), "lanes").await?;
    let library = MongoDatabase::named(&servers.url(), "library").await?;
    Place::enter("mongodb", Some([lanes, library])).await?.measure(report).await
}

impl Place {
    async fn enter(engine: &'static str, databases: Option<[MongoDatabase; 2]>) -> Result<Self, Failure> {
        let [lanes, library] = databases.map_or([None, None], |databases| databases.map(Some));
        let accounts: Vec<String> =
            (0..ACCOUNTS).map(|number| format!("person{number}@example.org")).collect();
        let folders = vec![tempfile::tempdir()?, tempfile::tempdir()?];
        let mut servers = Vec::new();
        for (folder, (hasher, database)) in folders.iter().zip([("lanes", &lanes), ("library", &library)]) {
            let mut variables = vec![("PASSWORD_HASHER", hasher)];
            variables.extend(database.as_ref().map(|database| ("DATABASE_URL", database.url())));
            let (server, _) = account::start(folder.path(), &variables).await?;
            for some in accounts.chunks(STEP) {
                try_join_all(some.iter().map(|email| account::create(server.address, email))).await?;
            }
            servers.push(server);
        }
        let database = lanes;
        let [lanes, library] = servers.try_into().map_err(|_| "not two servers")?;
        Ok(Self { engine, lanes, library, accounts, database, _folders: folders })
    }

    async fn measure(&self, report: &mut Report) -> Result<(), Failure> {
        self.while_others_sign_in(report, ("lanes", &self.lanes), WATCHES).await?;
        self.while_others_sign_in(report, ("library", &self.library), TURNS).await?;
        self.against_library(report).await?;
        self.too_many(report).await?;
        let resident = self.lanes.resident()?;
        report.note(
            format!("{}, resident memory after all of this", self.engine),
            format!("{resident:.1} MiB"),
        );
        Ok(())
    }

    /// The response times of other requests, in turns without other load and with a storm.
    async fn while_others_sign_in(
        &self,
        report: &mut Report,
        (hasher, server): (&str, &Running),
        turns: usize,
    ) -> Result<(), Failure> {
        let (mine, others) = self.accounts()?;
        let watch = Load {
            address: server.address,
            process: server.id(),
            requests: vec![account::users_me(server.address, mine).await?],
            connections: WATCHERS,
            pace: Some(PACE),
        };
        let (mut idle, mut busy) = (Vec::new(), Vec::new());
        let (mut bare_idle, mut bare_busy) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            idle.push(watch.run(TURN).await?.latency);
            if let Some(database) = &self.database {
                bare_idle.push(database.watch(WATCHERS, PACE, TURN).await?);
            }
            let _storm = Storm::begin(server.address, others, STORM).await?;
            busy.push(watch.run(TURN).await?.latency);
            if let Some(database) = &self.database {
                bare_busy.push(database.watch(WATCHERS, PACE, TURN).await?);
            }
        }
        let slower = self.slower(report, &format!("{hasher}, /users/me"), &idle, &busy);
        if !bare_idle.is_empty() {
            let what = format!("{hasher}, a find of the driver alone");
            let bare = self.slower(report, &what, &bare_idle, &bare_busy);
            report
                .note(self.row(&format!("{what}, p99 during sign-ins against idle")), format!("{bare:.1} x"));
        }
        let (what, figure) =
            (self.row(&format!("{hasher}, p99 during sign-ins against idle")), format!("{slower:.1} x"));
        // The other hasher is only for comparison.
        if hasher == "lanes" {
            report.aim(what, figure, "<= 2 x", slower <= 2.0);
        } else {
            report.note(what, figure);
        }
        Ok(())
    }

    /// Records the response times of these turns, and returns the median of the ratios of their p99.
    fn slower(
        &self,
        report: &mut Report,
        what: &str,
        idle: &[Histogram<u64>],
        busy: &[Histogram<u64>],
    ) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a wait are far below 2^52")]
        let wait = |seen: &Histogram<u64>, share: f64| seen.value_at_quantile(share) as f64;
        for (name, share) in [("p50", 0.50), ("p99", 0.99)] {
            for (when, seen) in [("idle", idle), ("during sign-ins", busy)] {
                let middle = median(seen.iter().map(|seen| wait(seen, share)).collect());
                report.note(self.row(&format!("{what}, {name} {when}")), format!("{middle:.0} us"));
            }
        }
        median(idle.iter().zip(busy).map(|(idle, busy)| wait(busy, 0.99) / wait(idle, 0.99)).collect())
    }

    /// The number of successful sign-ins, in turns by several at once and one at a time.
    async fn against_library(&self, report: &mut Report) -> Result<(), Failure> {
        let (_, others) = self.accounts()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            for (server, counts) in [(&self.lanes, &mut ours), (&self.library, &mut theirs)] {
                let storm = Storm::begin(server.address, others, STORM).await?;
                let (begun, before) = (now(), storm.seen()?.signed_in);
                tokio::time::sleep(TURN).await;
                let signed_in = u32::try_from(storm.seen()?.signed_in - before)?;
                counts.push(f64::from(signed_in) / begun.elapsed().as_secs_f64());
            }
        }
        let gain = median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect());
        report.note(self.row("sign-ins, PASSWORD_HASHER=lanes"), format!("{:.1} /s", median(ours)));
        report.note(self.row("sign-ins, PASSWORD_HASHER=library"), format!("{:.1} /s", median(theirs)));
        report.aim(
            self.row("sign-ins, lanes against library"),
            format!("{gain:.1} x"),
            ">= 3 x",
            gain >= 3.0,
        );
        Ok(())
    }

    /// The refusals of clients above the capacity, and whether a user with a known device gets in meanwhile.
    async fn too_many(&self, report: &mut Report) -> Result<(), Failure> {
        let (mine, others) = self.accounts()?;
        let device = account::sign_in(self.lanes.address, mine).await?.device;
        let request = account::login(mine, &format!("Sec-Fetch-Site: same-origin\r\nCookie: {device}\r\n"));
        let mut connection = Connection::open(self.lanes.address).await?;
        let storm = Storm::begin(self.lanes.address, others, TOO_MANY).await?;
        let before = storm.seen()?.refused;
        let (mut waits, mut got_in) = (histogram()?, 0);
        for _ in 0..OWNERS {
            let asked = now();
            let answer = connection.exchange(&request).await?;
            match status(answer) {
                Some(200) => got_in += 1,
                Some(503) => {}
                _ => return Err(String::from_utf8_lossy(answer).into()),
            }
            waits.saturating_record(u64::try_from(asked.elapsed().as_micros())?);
        }
        let mut refused = storm.seen()?.refused;
        refused.subtract(&before)?;
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a wait are far below 2^52")]
        let millis = |micros: u64| micros as f64 / 1e3;
        let p99 = millis(refused.value_at_quantile(0.99));
        report.note(
            self.row("too many: refused, and p50 and most of their waits"),
            format!(
                "{}, {:.1} and {:.1} ms",
                refused.len(),
                millis(refused.value_at_quantile(0.5)),
                millis(refused.max())
            ),
        );
        report.aim(self.row("too many: p99 until refused"), format!("{p99:.1} ms"), "<= 50 ms", p99 <= 50.0);
        report.aim(
            self.row("too many: a known device gets in"),
            format!("{got_in} of {OWNERS}"),
            "always",
            got_in == OWNERS,
        );
        report.note(
            self.row("too many: p50 and most of its sign-ins"),
            format!("{:.0} and {:.0} ms", millis(waits.value_at_quantile(0.5)), millis(waits.max())),
        );
        Ok(())
    }

    /// The account of the observer, and those of the storm. The observer takes no part: its session would be the
    /// oldest above the maximum.
    fn accounts(&self) -> Result<(&str, &[String]), Failure> {
        let (mine, others) = self.accounts.split_first().ok_or("no account")?;
        Ok((mine, others))
    }

    fn row(&self, what: &str) -> String {
        format!("{}, {what}", self.engine)
    }
}
