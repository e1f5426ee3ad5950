//! The words of operating a deployment: what its state is, how a copy goes, and what can go wrong.

use palisade_core::system::time::Timestamp;
use palisade_core::values::counted;
use palisade_lib::store::{Census, Drift, OpenError, StoreError};
use thiserror::Error;

use crate::clocks::ClocksApart;
use crate::keys::types::KeysError;

pub use palisade_lib::store::Stranger;

/// The state of a store.
#[derive(Clone, Debug)]
pub struct Status {
    /// How many indexes are declared.
    pub declared_indexes: usize,
    /// How those that are there differ.
    pub drift: Drift,
    /// What is in each collection, in the order of their declaration.
    pub collections: Vec<CollectionStatus>,
    /// What else is in the database: no command takes it along.
    pub strangers: Vec<Stranger>,
    /// The copy this store is, if it is one.
    pub copy: Option<CopyState>,
}

impl Status {
    /// Documents that are upgraded on each read until `db migrate` has rewritten them.
    pub fn to_rewrite(&self) -> u64 {
        self.collections.iter().map(CollectionStatus::to_rewrite).sum()
    }
}

/// The state of one collection.
#[derive(Clone, Debug)]
pub struct CollectionStatus {
    /// Its name.
    pub name: &'static str,
    /// The schema version this program writes.
    pub version: u32,
    /// What was counted.
    pub census: Census,
}

impl CollectionStatus {
    /// Documents of an older version.
    pub fn to_rewrite(&self) -> u64 {
        self.census.older_than(self.version)
    }

    /// Documents of a version this program does not know.
    pub fn unknown(&self) -> u64 {
        self.census.newer_than(self.version)
    }
}

/// A copy from another store into this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyState {
    /// Where it comes from.
    pub source: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was found to be whole; `None` while it is not, and then no server uses this store.
    pub finished_at: Option<Timestamp>,
    /// For a backup that is whole: the moment it is of. No server uses one.
    pub backup_of: Option<Timestamp>,
}

/// What long work is doing at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which work: `rewriting`, `copying`, `verifying`.
    pub doing: &'static str,
    /// In which collection.
    pub collection: &'static str,
    /// Documents of it that are done.
    pub done: u64,
    /// About how many there are.
    pub total: u64,
}

/// What a migration did to a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Its name.
    pub name: &'static str,
    /// How many documents were looked at.
    pub examined: u64,
    /// How many of them were rewritten.
    pub rewritten: u64,
}

/// What may be in the store a copy goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// Nothing.
    Empty,
    /// The beginning of a copy of the same source.
    Resumed,
    /// Anything: what the source does not have is removed.
    Replaced,
}

/// A copy that was made and found to be whole.
#[derive(Clone, Debug)]
pub struct CopyReport {
    /// Each collection, in the order of their declaration.
    pub collections: Vec<CopiedCollection>,
    /// What was left behind, because the operator said so, and indexes, which the target makes as it needs them.
    pub left: Vec<Stranger>,
}

/// A backup that was written and found to be whole.
#[derive(Clone, Debug)]
pub struct BackupReport {
    /// The moment it is of, by the clock of the store.
    pub of: Timestamp,
    /// What is in it.
    pub copied: CopyReport,
    /// Which of `SECRET_KEYS` its keys are sealed by: without them it is worth nothing.
    pub sealed_by: Vec<String>,
}

/// A store that was made what a backup says.
#[derive(Clone, Debug, Default)]
pub struct RestoreReport {
    /// What was put back, in the order of their declaration.
    pub collections: Vec<CopiedCollection>,
    /// What was not: how many the backup has, and how many were removed from the store.
    pub left_out: Vec<CopiedCollection>,
    /// Of how many users every session ended.
    pub users: u64,
    /// How many signing keys were withdrawn.
    pub withdrawn: usize,
    /// What the backup holds and this release does not know.
    pub left: Vec<Stranger>,
}

/// One collection of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedCollection {
    /// Its name.
    pub name: &'static str,
    /// How many documents it has, on both sides.
    pub documents: u64,
    /// How many of them were written this time; the others were there already.
    pub written: u64,
    /// How many documents were removed, because the source does not have them.
    pub removed: u64,
    /// SHA-256 over the checksums of all documents in the order of their ids, the same on both sides, in hex.
    pub checksum: String,
}

/// What was purged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeReport {
    /// Users, each with every claim of theirs.
    pub users: u64,
    /// Sessions that were left of them.
    pub sessions: u64,
    /// Signing keys that were given up.
    pub keys: u64,
}

impl PurgeReport {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What one part of a deployment said when it was tried.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// Which part: `store`, `keys`, `limiter`, `mail`.
    pub part: &'static str,
    /// What it is, when it works; what is wrong, when it does not.
    pub outcome: Result<String, String>,
    /// What works and is perhaps not meant.
    pub warning: Option<String>,
}

/// Why something could not be done with a deployment.
#[derive(Debug, Error)]
pub enum DeploymentError {
    /// The store cannot be opened.
    #[error("opening the store")]
    Open(#[from] OpenError),
    /// The store could not be read or written.
    #[error("reaching the store")]
    Store(#[from] StoreError),
    /// The clocks are too far apart.
    #[error(transparent)]
    Clocks(#[from] ClocksApart),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Nothing is there yet.
    #[error("there is no store yet: the first start of the server makes it")]
    Nothing,
    /// There is nothing to be copied.
    #[error("the source holds no deployment: it has no keys")]
    EmptySource,
    /// What would be copied is half a copy itself.
    #[error(
        "the source is a copy of {source_name} that was begun and not finished: finish it first, with --resume"
    )]
    UnfinishedSource {
        /// Of what.
        source_name: String,
    },
    /// What would be copied is a backup.
    #[error("this is a backup: `palisade db restore --from` puts it into a store")]
    Backup,
    /// A store cannot be copied onto itself.
    #[error("source and target are the same store: nothing was done")]
    SamePlace,
    /// A store cannot be restored from itself.
    #[error(
        "the file is the store itself: stop the servers, put it aside under another name together with its `-wal` if there \
         is one, and restore from there"
    )]
    Itself,
    /// There is something in the store already.
    #[error(
        "the target is not empty: there is something in `{collection}`. Give an empty one; or --replace, which \
         removes whatever the source does not have"
    )]
    NotEmpty {
        /// A collection that has something.
        collection: &'static str,
    },
    /// A copy was begun there.
    #[error("the target is a copy of {source_name} that was begun and not finished: go on with --resume")]
    Begun {
        /// Of what.
        source_name: String,
    },
    /// There is no copy to go on with.
    #[error("there is no unfinished copy in the target: leave --resume out")]
    NothingToResume,
    /// The copy was begun from somewhere else.
    #[error(
        "the copy in the target was begun from {source_name}: go on from there, or begin anew with --replace"
    )]
    OtherSource {
        /// From where.
        source_name: String,
    },
    /// There is something in the database that no declaration knows, and nobody said what is to become of it.
    #[error(
        "the {side} holds what this release does not know: {}. Nothing was copied over it or left behind: if another \
         release or another program made it, run that one; to go on without it, say {}",
        list(found),
        leave(found)
    )]
    Strangers {
        /// `source` or `target`.
        side: &'static str,
        /// What it is.
        found: Vec<Stranger>,
    },
    /// The operator named something that is nowhere.
    #[error(
        "--leave {name}: nothing of that name would be left behind; `palisade db status` shows what there is"
    )]
    NothingToLeave {
        /// The name.
        name: String,
    },
    /// Both sides do not hold the same.
    #[error(
        "the copy is not whole: `{collection}` differs in {}, the first is {first}. Something wrote to one of the two while \
         it was made: stop every server on both, and go on with --resume",
        counted(*different, "document", "documents")
    )]
    Different {
        /// The collection.
        collection: &'static str,
        /// How many.
        different: usize,
        /// An id, without what a claim holds.
        first: String,
    },
}

fn list(found: &[Stranger]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn leave(found: &[Stranger]) -> String {
    let names = found.iter().map(|stranger| format!("`--leave {}`", stranger.name));
    names.collect::<Vec<_>>().join(" ")
}
