//! The types of operating a deployment: its state, the progress of a copy, and errors.

use palisade_core::system::time::Timestamp;
use palisade_core::values::counted;
use palisade_lib::store::{DocumentCounts, Drift, OpenError, StoreError};
use thiserror::Error;

use crate::clocks::ClocksApart;
use crate::keys::types::KeysError;

pub use palisade_lib::store::Stranger;

/// The state of a store.
#[derive(Clone, Debug)]
pub struct Status {
    /// The number of declared indexes.
    pub declared_indexes: usize,
    /// The differences of the existing indexes.
    pub drift: Drift,
    /// The documents of each collection, in the order of their declaration.
    pub collections: Vec<CollectionStatus>,
    /// Other content of the database, which no command copies.
    pub strangers: Vec<Stranger>,
    /// The state of the copy, if this store is one.
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
    /// The schema version that this program writes.
    pub version: u32,
    /// The counts.
    pub counts: DocumentCounts,
}

impl CollectionStatus {
    /// Documents of an older version.
    pub fn to_rewrite(&self) -> u64 {
        self.counts.older_than(self.version)
    }

    /// Documents of a version that this program does not know.
    pub fn unknown(&self) -> u64 {
        self.counts.newer_than(self.version)
    }
}

/// A copy from another store into this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyState {
    /// Its source.
    pub source: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was verified; `None` before that, and then no server uses this store.
    pub finished_at: Option<Timestamp>,
    /// For a complete backup: its moment. No server uses one.
    pub backup_of: Option<Timestamp>,
}

/// The progress of long work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The kind of work: `rewriting`, `copying`, `verifying`.
    pub doing: &'static str,
    /// The current collection.
    pub collection: &'static str,
    /// The number of its documents that are done.
    pub done: u64,
    /// Their approximate number.
    pub total: u64,
}

/// The result of a migration for one collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Its name.
    pub name: &'static str,
    /// The number of examined documents.
    pub examined: u64,
    /// The number of rewritten documents.
    pub rewritten: u64,
}

/// The allowed content of the target of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// Nothing.
    Empty,
    /// An unfinished copy of the same source.
    Resumed,
    /// Anything: documents that the source does not have are removed.
    Replaced,
}

/// A verified copy.
#[derive(Clone, Debug)]
pub struct CopyReport {
    /// Each collection, in the order of their declaration.
    pub collections: Vec<CopiedCollection>,
    /// Skipped content to which the operator agreed, and indexes, which the target creates as needed.
    pub left: Vec<Stranger>,
}

/// A verified backup.
#[derive(Clone, Debug)]
pub struct BackupReport {
    /// Its moment, by the clock of the store.
    pub of: Timestamp,
    /// Its content.
    pub copied: CopyReport,
    /// The secrets of `SECRET_KEYS` that seal its keys: without them it is worthless.
    pub sealed_by: Vec<String>,
}

/// A restored store.
#[derive(Clone, Debug, Default)]
pub struct RestoreReport {
    /// The restored collections, in the order of their declaration.
    pub collections: Vec<CopiedCollection>,
    /// The collections that were left out: the number of documents in the backup, and of those removed from the
    /// store.
    pub left_out: Vec<CopiedCollection>,
    /// The number of users whose sessions all ended.
    pub users: u64,
    /// The number of withdrawn signing keys.
    pub withdrawn: usize,
    /// Content of the backup that this release does not know.
    pub left: Vec<Stranger>,
}

/// One collection of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedCollection {
    /// Its name.
    pub name: &'static str,
    /// The number of its documents, on both sides.
    pub documents: u64,
    /// The number of them that were written this time; the others existed already.
    pub written: u64,
    /// The number of removed documents, because the source does not have them.
    pub removed: u64,
    /// SHA-256 over the checksums of all documents in the order of their ids, the same on both sides, in hex.
    pub checksum: String,
}

/// The result of a purge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeReport {
    /// Users, each with all claims.
    pub users: u64,
    /// Their remaining sessions.
    pub sessions: u64,
    /// Signing keys that were given up.
    pub keys: u64,
    /// Documents of the product: those of these users, and others that were deleted.
    pub documents: u64,
}

impl PurgeReport {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The result of the test of one part.
#[derive(Clone, Debug)]
pub struct CheckResult {
    /// The part: `store`, `keys`, `limiter`, `mail`, or the name of a provider.
    pub part: String,
    /// Its description, if it works; otherwise the problem.
    pub outcome: Result<String, String>,
    /// Something that works but is perhaps not intended.
    pub warning: Option<String>,
}

/// Why an operation on a deployment failed.
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
    /// There is no store yet.
    #[error("there is no store yet: the first start of the server creates it")]
    Nothing,
    /// The source is empty.
    #[error("the source contains no deployment: it has no keys")]
    EmptySource,
    /// The source is an unfinished copy itself.
    #[error("the source is a copy of {source_name} that was not finished: finish it first, with --resume")]
    UnfinishedSource {
        /// The source of that copy.
        source_name: String,
    },
    /// The source is a backup.
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
    /// The store is not empty.
    #[error(
        "the target is not empty: `{collection}` has documents. Give an empty one; or --replace, which \
         removes everything that the source does not have"
    )]
    NotEmpty {
        /// A collection with documents.
        collection: &'static str,
    },
    /// An unfinished copy is there.
    #[error("the target is a copy of {source_name} that was not finished: continue with --resume")]
    Begun {
        /// The source of that copy.
        source_name: String,
    },
    /// There is no copy to resume.
    #[error("there is no unfinished copy in the target: leave --resume out")]
    NothingToResume,
    /// The unfinished copy has another source.
    #[error(
        "the copy in the target was started from {source_name}: continue from there, or start again with --replace"
    )]
    OtherSource {
        /// Its source.
        source_name: String,
    },
    /// The database has undeclared content, and the operator did not say what to do with it.
    #[error(
        "the {side} contains something that this release does not know: {}. Nothing was copied or left behind: if another \
         release or another program created it, run that one; to continue without it, use {}",
        list(found),
        leave(found)
    )]
    Strangers {
        /// `source` or `target`.
        side: &'static str,
        /// The content.
        found: Vec<Stranger>,
    },
    /// The operator named something that does not exist.
    #[error(
        "--leave {name}: nothing of that name would be left behind; `palisade db status` lists the content"
    )]
    NothingToLeave {
        /// The name.
        name: String,
    },
    /// The two sides differ.
    #[error(
        "the copy is not whole: `{collection}` differs in {}, the first is {first}. A program wrote to one of the two during \
         the copy: stop every server on both, and continue with --resume",
        counted(*different, "document", "documents")
    )]
    Different {
        /// The collection.
        collection: &'static str,
        /// The number of different documents.
        different: usize,
        /// An id, without the content of a claim.
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
