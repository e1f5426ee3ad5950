//! The measurements, in order. What is compared runs in turns, so that a machine that slows down meanwhile slows both.

use std::time::Duration;

use crate::load::{Load, Seen};
use crate::process::Running;
use crate::report::{Report, median};
use crate::storm::Storm;
use crate::wire::{get, once, status};
use crate::{Failure, account, pages};

const CONNECTIONS: u32 = 32;
/// Many short turns rather than few long ones: where the host gives and takes speed, both sides of a turn have the same.
const TURNS: usize = 21;
const TURN: Duration = Duration::from_millis(700);
/// A quiet turn and one in a storm.
const STORMS: usize = 9;
const WATCH: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_secs(1);
const STARTS: usize = 9;
const STORM: usize = 32;
/// Clients that ask while others sign in: few and unhurried, so that what is measured is the wait and not their own load.
const WATCHERS: u32 = 4;
const PACE: Duration = Duration::from_millis(10);

/// A measurement that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Start,
    Throughput,
    Storm,
    PagesSqlite,
    PagesMongodb,
}

impl Part {
    pub(crate) const ALL: [Self; 5] =
        [Self::Start, Self::Throughput, Self::Storm, Self::PagesSqlite, Self::PagesMongodb];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Throughput => "throughput",
            Self::Storm => "storm",
            Self::PagesSqlite => "pages-sqlite",
            Self::PagesMongodb => "pages-mongodb",
        }
    }
}

/// These parts, in the order of [`Part::ALL`].
pub(crate) async fn run(parts: &[Part]) -> Result<Report, Failure> {
    let mut report = Report::default();
    if parts.contains(&Part::Start) {
        start(&mut report).await?;
    }
    if parts.contains(&Part::Throughput) || parts.contains(&Part::Storm) {
        answering(&mut report, parts).await?;
    }
    if parts.contains(&Part::PagesSqlite) {
        pages::on_sqlite(&mut report).await?;
    }
    if parts.contains(&Part::PagesMongodb) {
        pages::on_mongodb(&mut report).await?;
    }
    Ok(report)
}

/// One server, at rest, under load and in a storm of sign-ins.
async fn answering(report: &mut Report, parts: &[Part]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (server, _) = account::start(folder.path(), &[]).await?;
    tokio::time::sleep(WARM_UP).await;
    let idle = server.resident()?;
    report.aim("resident memory, just started, idle", format!("{idle:.1} MiB"), "<= 30 MiB", idle <= 30.0);

    let accounts: Vec<String> = (0..8).map(|number| format!("person{number}@example.org")).collect();
    for email in &accounts {
        account::create(server.address, email).await?;
    }
    // Whoever watches takes no part in the storm: their session would be the oldest of more than one may have.
    let (mine, others) = accounts.split_first().ok_or("no account")?;
    let request = account::users_me(server.address, mine).await?;
    if parts.contains(&Part::Throughput) {
        against_bare(report, &server, &request).await?;
    }
    if parts.contains(&Part::Storm) {
        while_others_sign_in(report, &server, request, others).await?;
        against_library(report, &server, &accounts).await?;
    }
    tokio::time::sleep(WARM_UP).await;
    report.note("resident memory after all of this", format!("{:.1} MiB", server.resident()?));
    Ok(())
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

    let load = |running: &Running| Load {
        address: running.address,
        process: running.id(),
        request: request.to_vec(),
        connections: CONNECTIONS,
        pace: None,
    };
    let (ours, theirs) = (load(server), load(&bare));
    ours.run(WARM_UP).await?;
    theirs.run(WARM_UP).await?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        a.push(ours.run(TURN).await?);
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
    report.note("resident memory after this load", format!("{:.1} MiB", server.resident()?));
    Ok(())
}

async fn while_others_sign_in(
    report: &mut Report,
    server: &Running,
    request: Vec<u8>,
    accounts: &[String],
) -> Result<(), Failure> {
    let watch = Load {
        address: server.address,
        process: server.id(),
        request,
        connections: WATCHERS,
        pace: Some(PACE),
    };
    let (mut idle, mut busy, mut signed_in) = (Vec::new(), Vec::new(), 0);
    for _ in 0..STORMS {
        idle.push(watch.run(WATCH).await?);
        let storm = Storm::begin(server.address, accounts, STORM).await?;
        let before = storm.answered();
        busy.push(watch.run(WATCH).await?);
        signed_in += storm.answered() - before;
    }
    if signed_in == 0 {
        return Err("nobody signed in during the storm".into());
    }
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a wait are far below 2^52")]
    let of =
        |seen: &[Seen], share: f64| median(seen.iter().map(|seen| seen.quantile(share) as f64).collect());
    let seconds = WATCH.as_secs() * u64::try_from(STORMS)?;
    report.note(format!("sign-ins, {STORM} clients without pause"), format!("{} /s", signed_in / seconds));
    for (name, share) in [("p50", 0.50), ("p99", 0.99)] {
        report.note(format!("{name} of /users/me, idle"), format!("{:.0} us", of(&idle, share)));
        report.note(format!("{name} of /users/me, during sign-ins"), format!("{:.0} us", of(&busy, share)));
    }
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a wait are far below 2^52")]
    let slower = ratio(&busy, &idle, |seen| seen.quantile(0.99) as f64);
    report.aim("p99 during sign-ins against idle", format!("{slower:.1} x"), "<= 2 x", slower <= 2.0);
    Ok(())
}

/// The same storm, in turns, on a second server that hashes one password after the other on each core.
async fn against_library(report: &mut Report, lanes: &Running, accounts: &[String]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (library, _) = account::start(folder.path(), &[("PASSWORD_HASHER", "library")]).await?;
    for email in accounts {
        account::create(library.address, email).await?;
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..STORMS {
        for (server, counts) in [(lanes, &mut ours), (&library, &mut theirs)] {
            let storm = Storm::begin(server.address, accounts, STORM).await?;
            let before = storm.answered();
            tokio::time::sleep(WATCH).await;
            counts.push(f64::from(u32::try_from(storm.answered() - before)?) / WATCH.as_secs_f64());
        }
    }
    let gains = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    report.note("sign-ins, PASSWORD_HASHER=lanes", format!("{:.1} /s", median(ours)));
    report.note("sign-ins, PASSWORD_HASHER=library", format!("{:.1} /s", median(theirs)));
    report.note("sign-ins, lanes against library", format!("{:.1} x", median(gains)));
    Ok(())
}

/// The middle of the ratios, turn by turn.
fn ratio(ours: &[Seen], theirs: &[Seen], figure: impl Fn(&Seen) -> f64) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| figure(ours) / figure(theirs)).collect())
}
