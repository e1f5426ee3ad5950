//! `palisade db`: the state of the store, its upkeep, and its move to another one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use palisade_core::identity::Operator;
use palisade_core::values::counted;
use palisade_modules::deployment::Service as Deployment;
use palisade_modules::deployment::types::{
    CollectionStatus, CopiedCollection, Into, RestoreReport, Status, Stranger,
};

use super::admin::said;
use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::keys::{opened, seconds};
use super::progress::Meter;
use super::terminal;

/// The maximum count of documents in a collection, unless all are requested.
const COUNTED: u64 = 10_000;

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Show the content of the store: indexes, documents, and upkeep that is due. Changes nothing.
    Status {
        /// Count every document, however many there are.
        #[arg(long)]
        all: bool,
    },
    /// Create missing indexes and rewrite documents of older versions. You can stop it and run it again; servers
    /// may run.
    Migrate,
    /// Remove for good the documents that were deleted longer ago than DELETED_RETENTION. A running server does
    /// this by itself.
    Purge,
    /// Write the whole store into one file, as of one moment, verified. Servers may run.
    Backup {
        /// The file to write. It must not exist yet.
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// Leave this out: a table, view or collection that this release does not know.
        #[arg(long, value_name = "NAME")]
        leave: Vec<String>,
    },
    /// Make the store equal to a backup, and sign everybody out. Servers may run; they answer 503 meanwhile.
    Restore {
        /// The backup; or the address of any complete store, such as a database into which a dump was loaded.
        #[arg(long, value_name = "PATH")]
        from: String,
        /// Leave this where it is: a table, view or collection that this release does not know.
        #[arg(long, value_name = "NAME")]
        leave: Vec<String>,
        /// Confirm that the content of the store is replaced.
        #[arg(long)]
        yes: bool,
    },
    /// Copy a whole deployment into another store, and verify every document. Stop the servers first.
    Copy {
        /// The store to copy: sqlite://… or mongodb://…
        #[arg(long, value_name = "URL")]
        from: String,
        /// The empty store to copy to.
        #[arg(long, value_name = "URL")]
        to: String,
        /// Resume an unfinished copy.
        #[arg(long, conflicts_with = "replace")]
        resume: bool,
        /// Make the target equal to the source whatever it contains: documents that the source does not have are
        /// removed.
        #[arg(long)]
        replace: bool,
        /// Leave this where it is, on either side: a table, view or collection that this release does not know.
        #[arg(long, value_name = "NAME")]
        leave: Vec<String>,
        /// Confirm that the content of the target is replaced.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(given: &Invocation<'_>, command: DbCommand) -> Result<(), Failure> {
    match command {
        DbCommand::Status { all } => status(given, if all { u64::MAX } else { COUNTED }),
        DbCommand::Migrate => migrate(given),
        DbCommand::Purge => purge(given),
        DbCommand::Backup { to, leave } => backup(given, &to, &leave),
        DbCommand::Restore { from, leave, yes } => restore(given, &from, &leave, yes),
        DbCommand::Copy { from, to, resume, replace, leave, yes } => {
            let into = if resume {
                Into::Resumed
            } else if replace {
                let what = "Everything in the target that the source does not have is removed for good.";
                terminal::confirm(what, yes)?;
                Into::Replaced
            } else {
                Into::Empty
            };
            copy(given, (&from, &to), into, &leave)
        }
    }
}

fn status(given: &Invocation<'_>, most: u64) -> Result<(), Failure> {
    let config = given.load_read_only()?;
    let status = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "db status");
        Deployment::open_existing(given.console, &config, &given.system())
            .await?
            .status(&operator, most)
            .await
    })?;
    terminal::print(&described(&status, most)?)
}

fn described(status: &Status, most: u64) -> Result<String, Failure> {
    let mut text = String::new();
    let drift = &status.drift;
    if drift.is_none() {
        writeln!(text, "indexes: {} declared, all present", status.declared_indexes)?;
    } else {
        writeln!(text, "indexes: {} declared", status.declared_indexes)?;
    }
    for (what, names) in [
        ("missing, created by the next start or `palisade db migrate`", &drift.missing),
        ("differing, rebuilt by the next start or `palisade db migrate`", &drift.differing),
        ("not declared, left alone", &drift.unknown),
    ] {
        if !names.is_empty() {
            writeln!(text, "  {what}: {}", names.join(", "))?;
        }
    }
    if let Some(copy) = &status.copy {
        let (source, began) = (&copy.source, seconds(copy.began_at));
        match (copy.finished_at, copy.backup_of) {
            (_, Some(of)) => {
                writeln!(text, "backup: of {source} as of {}: no server starts on it", seconds(of))?;
            }
            (Some(at), None) => writeln!(text, "copy: of {source}, finished {}", seconds(at))?,
            (None, None) => {
                writeln!(
                    text,
                    "copy: of {source}, started {began} and not finished: no server starts on it"
                )?;
            }
        }
    }
    let header = ["COLLECTION", "LIVE", "DELETED", "ENDED", "VERSION", "OLDER"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(status.collections.iter().map(row)).collect();
    write!(text, "\n{}", table(&rows)?)?;
    if status.collections.iter().any(|collection| collection.counts.more) {
        writeln!(text, "\n+ counted up to {most}; --all counts everything")?;
    }
    if !status.strangers.is_empty() {
        let names: Vec<_> = status.strangers.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        writeln!(text, "\nnot of this release, left alone, and copied by no command: {names}")?;
    }
    let old = status.to_rewrite();
    if old > 0 {
        writeln!(text, "\nTo be rewritten by `palisade db migrate`: {}", documents(old))?;
    }
    for collection in status.collections.iter().filter(|collection| collection.unknown() > 0) {
        let (newer, name) = (documents(collection.unknown()), collection.name);
        writeln!(text, "\nWritten by a newer release, and refused by this one: {newer} of {name}")?;
    }
    Ok(text)
}

fn documents(number: u64) -> String {
    counted(number, "document", "documents")
}

fn row(collection: &CollectionStatus) -> [String; 6] {
    let counts = &collection.counts;
    let more = if counts.more { "+" } else { "" };
    [
        collection.name.to_owned(),
        format!("{}{more}", counts.live),
        format!("{}{more}", counts.deleted),
        format!("{}{more}", counts.ended),
        collection.version.to_string(),
        format!("{}{more}", collection.to_rewrite()),
    ]
}

fn migrate(given: &Invocation<'_>) -> Result<(), Failure> {
    let config = given.load_read_only()?;
    let mut meter = Meter::new();
    let done = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "db migrate");
        let system = given.system();
        drop(Deployment::open_existing(given.console, &config, &system).await?);
        let deployment = Deployment::open(given.console, &config, &system).await?;
        deployment.migrate(&operator, &mut |progress| meter.show(progress)).await
    });
    meter.finish();
    let mut text = String::from("Every declared index exists.\n");
    let done = done?;
    for collection in done.iter().filter(|collection| collection.rewritten > 0) {
        writeln!(text, "{}: {} rewritten", collection.name, documents(collection.rewritten))?;
    }
    let examined: u64 = done.iter().map(|collection| collection.examined).sum();
    writeln!(text, "{} checked: none is of an older version any more.", documents(examined))?;
    terminal::print(&text)
}

fn purge(given: &Invocation<'_>) -> Result<(), Failure> {
    let report = runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "db purge");
        services.purge(&operator).await.map_err(|error| said(&error))
    })?;
    if report.is_empty() {
        return terminal::print("Nothing was deleted longer ago than DELETED_RETENTION.\n");
    }
    let of_product = match report.documents {
        0 => String::new(),
        documents => {
            format!(", {}", counted(documents, "document of the product", "documents of the product"))
        }
    };
    terminal::print(&format!(
        "Removed for good: {} with everything that belonged to them ({}), {}{of_product}.\n",
        counted(report.users, "user", "users"),
        counted(report.sessions, "session", "sessions"),
        counted(report.keys, "signing key", "signing keys"),
    ))
}

fn copy(given: &Invocation<'_>, between: (&str, &str), into: Into, leave: &[String]) -> Result<(), Failure> {
    let mut meter = Meter::new();
    let done = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "db copy");
        let mut show = |progress| meter.show(progress);
        Deployment::copy(&operator, &given.system(), between, into, leave, &mut show).await
    });
    meter.finish();
    let report = done?;
    let header = ["COLLECTION", "DOCUMENTS", "WRITTEN", "REMOVED", "SHA-256"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(report.collections.iter().map(copied)).collect();
    let mut text = format!("{}\n", table(&rows)?);
    if report.left.is_empty() {
        writeln!(text, "Every document is the same on both sides.")?;
    } else {
        writeln!(
            text,
            "Every document of these collections is the same on both sides.\n{}",
            left(&report.left)
        )?;
    }
    writeln!(
        text,
        "Give the server the target as DATABASE_URL and the same SECRET_KEYS: everybody stays signed in."
    )?;
    terminal::print(&text)
}

fn backup(given: &Invocation<'_>, to: &Path, leave: &[String]) -> Result<(), Failure> {
    let config = given.load_read_only()?;
    let mut meter = Meter::new();
    let done = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "db backup");
        let mut show = |progress| meter.show(progress);
        Deployment::back_up(&operator, &config, &given.system(), to, leave, &mut show).await
    });
    meter.finish();
    let report = done?;
    let header = ["COLLECTION", "DOCUMENTS", "SHA-256"].map(str::to_owned);
    let row = |of: &CopiedCollection| [of.name.to_owned(), of.documents.to_string(), of.checksum.clone()];
    let rows: Vec<_> = std::iter::once(header).chain(report.copied.collections.iter().map(row)).collect();
    let mut text = format!("{}\n", table(&rows)?);
    writeln!(
        text,
        "{} contains all of this as of {}, each document verified.",
        to.display(),
        seconds(report.of)
    )?;
    if !report.copied.left.is_empty() {
        writeln!(text, "{}", left(&report.copied.left))?;
    }
    writeln!(
        text,
        "It opens with the secret {} of SECRET_KEYS: keep that as long as this file, and apart from it.",
        report.sealed_by.join(", ")
    )?;
    terminal::print(&text)
}

fn restore(given: &Invocation<'_>, from: &str, leave: &[String], yes: bool) -> Result<(), Failure> {
    // No secrets are created here: the backup needs those that it was made with.
    let config = given.load_read_only()?;
    let mut meter = Meter::new();
    let done = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "db restore");
        let prepared = Deployment::prepare_restore(&operator, &config, &given.system(), from, leave).await?;
        if prepared.replaces() {
            let cost = format!(
                "Everything in {} that the backup does not have is removed for good. Everybody is signed out. Servers that run \
                 on it answer 503 until this is done.",
                prepared.target()
            );
            terminal::confirm(&cost, yes)?;
        }
        let mut show = |progress| meter.show(progress);
        Ok::<_, Failure>(Box::pin(prepared.restore(&operator, &mut show)).await?)
    });
    meter.finish();
    terminal::print(&restored(&done?)?)
}

fn restored(report: &RestoreReport) -> Result<String, Failure> {
    let header = ["COLLECTION", "DOCUMENTS", "WRITTEN", "REMOVED", "SHA-256"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(report.collections.iter().map(copied)).collect();
    let mut text = format!("{}\n", table(&rows)?);
    writeln!(
        text,
        "The store is equal to the backup, each document verified, except for data that was valid only then:"
    )?;
    writeln!(text, "  users whose sessions all ended: {}", report.users)?;
    writeln!(text, "  signing keys withdrawn, in favor of a new one: {}", report.withdrawn)?;
    for of in &report.left_out {
        let CopiedCollection { name, documents, removed, .. } = of;
        writeln!(text, "  {name}: {documents} in the backup not put back, {removed} in the store removed")?;
    }
    if !report.left.is_empty() {
        writeln!(text, "{}", left(&report.left))?;
    }
    writeln!(text, "Passwords stay valid, everybody has to sign in again, and no mail is sent.")?;
    Ok(text)
}

/// The content that a copy skips.
fn left(strangers: &[Stranger]) -> String {
    let names: Vec<_> = strangers.iter().map(ToString::to_string).collect();
    format!("NOT copied, left behind in the source: {}.", names.join(", "))
}

fn copied(collection: &CopiedCollection) -> [String; 5] {
    [
        collection.name.to_owned(),
        collection.documents.to_string(),
        collection.written.to_string(),
        collection.removed.to_string(),
        collection.checksum.clone(),
    ]
}
