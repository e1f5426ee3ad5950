//! What a change costs: users who rename themselves, on each engine, against another build of the product in the same
//! turns, such as the last one without the feature that is in question.

use std::path::Path;
use std::time::Duration;

use futures_util::future::try_join_all;

use crate::load::{Load, Seen};
use crate::pages::MongoDatabase;
use crate::process::{Running, beside_us};
use crate::report::{Report, median};
use crate::runs::{other_program, ratio};
use crate::{Failure, account};

/// How many users rename themselves at once, each their own account.
const USERS: u32 = 32;
const TURNS: usize = 9;
const TURN: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_secs(1);

/// A server with its users.
struct Side {
    load: Load,
    // Dropped in this order.
    _server: Running,
    _folder: tempfile::TempDir,
}

impl Side {
    async fn of(program: &Path, database: Option<&str>) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let variables: Vec<_> = database.map(|url| ("DATABASE_URL", url)).into_iter().collect();
        let (server, _) = account::start_build(program, folder.path(), &variables).await?;
        let emails: Vec<_> = (0..USERS).map(|number| format!("person{number}@example.org")).collect();
        let renames = emails.iter().map(async |email| {
            account::create(server.address, email).await?;
            account::rename(server.address, email).await
        });
        let requests = try_join_all(renames).await?;
        let load =
            Load { address: server.address, process: server.id(), requests, connections: USERS, pace: None };
        load.run(WARM_UP).await?;
        Ok(Self { load, _server: server, _folder: folder })
    }
}

/// The embedded engine.
pub(crate) async fn on_sqlite(report: &mut Report) -> Result<(), Failure> {
    let ours = Side::of(&beside_us("palisade")?, None).await?;
    let other = match other_program() {
        Some(program) => Some(Side::of(&program, None).await?),
        None => None,
    };
    measure(report, "sqlite", &ours, other.as_ref()).await
}

/// MongoDB: a separate replica set.
pub(crate) async fn on_mongodb(report: &mut Report) -> Result<(), Failure> {
    let servers = palisade_test_servers::ReplicaSet::start().await?;
    let database = MongoDatabase::named(&servers.url(), "ours").await?;
    let ours = Side::of(&beside_us("palisade")?, Some(database.url())).await?;
    let other_database = MongoDatabase::named(&servers.url(), "other").await?;
    let other = match other_program() {
        Some(program) => Some(Side::of(&program, Some(other_database.url())).await?),
        None => None,
    };
    measure(report, "mongodb", &ours, other.as_ref()).await
}

async fn measure(
    report: &mut Report,
    engine: &str,
    ours: &Side,
    other: Option<&Side>,
) -> Result<(), Failure> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        // Whoever comes second finds the machine warmer, so the two change places.
        if let Some(other) = other.filter(|_| turn % 2 == 0) {
            b.push(other.load.run(TURN).await?);
        }
        a.push(ours.load.run(TURN).await?);
        if let Some(other) = other.filter(|_| turn % 2 == 1) {
            b.push(other.load.run(TURN).await?);
        }
    }
    let of = |seen: &[Seen], figure: fn(&Seen) -> f64| median(seen.iter().map(figure).collect());
    let speed: fn(&Seen) -> f64 = |seen| seen.per_second;
    let cost: fn(&Seen) -> f64 = |seen| seen.cpu_micros;
    report.note(format!("{engine}, renames"), format!("{:.0} /s, {:.1} us", of(&a, speed), of(&a, cost)));
    if !b.is_empty() {
        let share = ratio(&a, &b, speed);
        report.note(
            format!("{engine}, the other build"),
            format!("{:.0} /s, {:.1} us", of(&b, speed), of(&b, cost)),
        );
        report.aim(
            format!("{engine}, renames against the other build"),
            format!("{share:.2} x"),
            ">= 0.8 x",
            share >= 0.8,
        );
    }
    Ok(())
}
