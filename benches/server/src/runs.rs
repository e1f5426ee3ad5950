//! The measurements, in order. Compared programs run in turns, so that a machine that slows down affects both.

use std::path::PathBuf;
use std::time::Duration;

use crate::load::{Load, Seen};
use crate::process::{Host, Running};
use crate::report::{Report, median};
use crate::wire::{get, once, status};
use crate::{Failure, account, events, pages, renames, storm};

const CONNECTIONS: u32 = 32;
/// Many short turns rather than few long ones: if the host changes its speed, both sides of a turn get the same.
const TURNS: usize = 21;
const TURN: Duration = Duration::from_millis(700);
const WARM_UP: Duration = Duration::from_secs(1);
const STARTS: usize = 9;
/// The path of another build of the product, to be measured in the same turns.
const OTHER_VARIABLE: &str = "PALISADE_BENCH_OTHER";
/// Who asks.
const ME: &str = "person@example.org";

/// A measurement that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Start,
    Throughput,
    StormSqlite,
    StormMongodb,
    PagesSqlite,
    PagesMongodb,
    EventsMongodb,
    RenamesSqlite,
    RenamesMongodb,
}

impl Part {
    pub(crate) const ALL: [Self; 9] = [
        Self::Start,
        Self::Throughput,
        Self::StormSqlite,
        Self::StormMongodb,
        Self::PagesSqlite,
        Self::PagesMongodb,
        Self::EventsMongodb,
        Self::RenamesSqlite,
        Self::RenamesMongodb,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Throughput => "throughput",
            Self::StormSqlite => "storm-sqlite",
            Self::StormMongodb => "storm-mongodb",
            Self::PagesSqlite => "pages-sqlite",
            Self::PagesMongodb => "pages-mongodb",
            Self::EventsMongodb => "events-mongodb",
            Self::RenamesSqlite => "renames-sqlite",
            Self::RenamesMongodb => "renames-mongodb",
        }
    }

    async fn measure(self, report: &mut Report) -> Result<(), Failure> {
        match self {
            Self::Start => start(report).await,
            Self::Throughput => answering(report).await,
            Self::StormSqlite => storm::on_sqlite(report).await,
            Self::StormMongodb => storm::on_mongodb(report).await,
            Self::PagesSqlite => pages::on_sqlite(report).await,
            Self::PagesMongodb => pages::on_mongodb(report).await,
            Self::EventsMongodb => events::on_mongodb(report).await,
            Self::RenamesSqlite => renames::on_sqlite(report).await,
            Self::RenamesMongodb => renames::on_mongodb(report).await,
        }
    }
}

/// These parts, in the order of [`Part::ALL`].
pub(crate) async fn run(parts: &[Part]) -> Result<Report, Failure> {
    let mut report = Report::default();
    for part in Part::ALL.into_iter().filter(|part| parts.contains(part)) {
        let before = Host::now()?;
        part.measure(&mut report).await?;
        let taken = Host::now()?.taken_since(before);
        report
            .note(format!("{}, taken by the host meanwhile", part.name()), format!("{:.1} %", taken * 100.0));
    }
    Ok(report)
}

/// One server, at rest and under load.
async fn answering(report: &mut Report) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (server, _) = account::start(folder.path(), &[]).await?;
    tokio::time::sleep(WARM_UP).await;
    let idle = server.resident()?;
    report.aim("resident memory, just started, idle", format!("{idle:.1} MiB"), "<= 30 MiB", idle <= 30.0);
    account::create(server.address, ME).await?;
    let request = account::users_me(server.address, ME).await?;
    against_bare(report, &server, &request).await
}

async fn start(report: &mut Report) -> Result<(), Failure> {
    let (mut empty, mut again) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let (server, took) = account::start(folder.path(), &[]).await?;
        empty.push(took.as_secs_f64() * 1e3);
        drop(server);
        let (_server, took) = account::start(folder.path(), &[]).await?;
        again.push(took.as_secs_f64() * 1e3);
    }
    let took = median(empty);
    report.aim(
        "first answer after the start, empty store",
        format!("{took:.0} ms"),
        "<= 150 ms",
        took <= 150.0,
    );
    report.note("first answer after a kill", format!("{:.0} ms", median(again)));
    Ok(())
}

async fn against_bare(report: &mut Report, server: &Running, request: &[u8]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let answer = once(server.address, request).await?;
    if status(&answer) != Some(200) {
        return Err("/users/me was not answered with 200".into());
    }
    std::fs::write(folder.path().join("answer"), answer)?;
    let bare = Running::start("bare", folder.path(), |command, port| {
        command.args([&port.to_string(), "answer"]);
    })?;
    let until_up = get("/api/v1/users/me", "");
    while once(bare.address, &until_up).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let (ours, theirs) = (load(server, request), load(&bare, request));
    let other = other_build().await?;
    let earlier = other.as_ref().map(|(_, running, request)| load(running, request));
    let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for load in [&ours, &theirs].into_iter().chain(&earlier) {
        load.run(WARM_UP).await?;
    }
    for turn in 0..TURNS {
        // Whoever comes second finds the machine warmer, so the two builds change places.
        if let Some(earlier) = earlier.as_ref().filter(|_| turn % 2 == 0) {
            c.push(earlier.run(TURN).await?);
        }
        a.push(ours.run(TURN).await?);
        if let Some(earlier) = earlier.as_ref().filter(|_| turn % 2 == 1) {
            c.push(earlier.run(TURN).await?);
        }
        b.push(theirs.run(TURN).await?);
    }
    let of = |seen: &[Seen], figure: fn(&Seen) -> f64| median(seen.iter().map(figure).collect());
    let speed: fn(&Seen) -> f64 = |seen| seen.per_second;
    let cost: fn(&Seen) -> f64 = |seen| seen.cpu_micros;
    report.note("GET /users/me", format!("{:.0} /s", of(&a, speed)));
    report.note("the same answer, bare", format!("{:.0} /s", of(&b, speed)));
    let share = ratio(&a, &b, speed) * 100.0;
    report.aim("requests a second against bare", format!("{share:.0} %"), ">= 50 %", share >= 50.0);
    report.note("processor time, GET /users/me", format!("{:.1} us", of(&a, cost)));
    report.note("processor time, bare", format!("{:.1} us", of(&b, cost)));
    report.note("processor time against bare", format!("{:.1} x", ratio(&a, &b, cost)));
    if !c.is_empty() {
        let (speeds, costs) = (ratio(&a, &c, speed), ratio(&a, &c, cost));
        report.note("the other build", format!("{:.0} /s, {:.1} us", of(&c, speed), of(&c, cost)));
        report.note("requests a second against the other build", format!("{:.1} %", speeds * 100.0));
        report.note("processor time against the other build", format!("{costs:.3} x"));
    }
    report.note("resident memory after this load", format!("{:.1} MiB", server.resident()?));
    Ok(())
}

fn load(running: &Running, request: &[u8]) -> Load {
    Load {
        address: running.address,
        process: running.id(),
        requests: vec![request.to_vec()],
        connections: CONNECTIONS,
        pace: None,
    }
}

/// The build of the product that [`OTHER_VARIABLE`] names.
#[expect(
    clippy::disallowed_methods,
    reason = "this program is not part of the server; it is told what to measure"
)]
pub(crate) fn other_program() -> Option<PathBuf> {
    std::env::var_os(OTHER_VARIABLE).map(PathBuf::from)
}

/// That build, with an account of its own and the request for it.
async fn other_build() -> Result<Option<(tempfile::TempDir, Running, Vec<u8>)>, Failure> {
    let Some(program) = other_program() else { return Ok(None) };
    let folder = tempfile::tempdir()?;
    let (server, _) = account::start_build(&program, folder.path(), &[]).await?;
    account::create(server.address, ME).await?;
    let request = account::users_me(server.address, ME).await?;
    Ok(Some((folder, server, request)))
}

/// The median of the ratios, turn by turn.
pub(crate) fn ratio(ours: &[Seen], theirs: &[Seen], figure: impl Fn(&Seen) -> f64) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| figure(ours) / figure(theirs)).collect())
}
