//! What can be wrong with a place.

use std::path::PathBuf;

use super::error::Cause;
use super::location::AddressError;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no engine we have.
    #[error("the database URL must begin with sqlite://, mongodb:// or mongodb+srv://")]
    UnknownEngine,
    /// The URL names no file.
    #[error("the database URL must name a file, as in sqlite://data/palisade.db, without parameters")]
    NotAFile,
    /// The folder or the file cannot be made or written.
    #[error("cannot write {}: check that its folder exists, belongs to this user and has room", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// This process has as many files open as it may.
    #[error(
        "this process may open no more files than it has open: raise its limit (`ulimit -n`; `LimitNOFILE=` of systemd, \
         `--ulimit nofile=` of Docker)"
    )]
    NoDescriptors,
    /// The file is something else.
    #[error("{} is not a database of Palisade: nothing was changed; give another path", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file is ours, and some of it cannot be read.
    #[error(
        "the database is damaged: stop every server on it, move the file and its `-wal` away, and restore a backup; seen: {source}"
    )]
    Damaged {
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// Nothing is there.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file has lost writes.
    #[error(
        "{} is behind what it was: it was replaced by an older copy, emptied or removed, or its log (`-wal`) was. Put back \
         what was there. To go back to an older copy on purpose, give it to `palisade db restore --from FILE`, which also \
         ends its sessions. To start on what is there, or afresh, remove {}",
        path.display(),
        mark.display()
    )]
    Behind {
        /// The file.
        path: PathBuf,
        /// What says how far it was.
        mark: PathBuf,
    },
    /// A file that is to be made is there.
    #[error("{} is there already: nothing is overwritten; give another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file is to be made in a folder that is not there.
    #[error(
        "there is no folder {}: none is made for a backup, for so it looks when a disk is not mounted; make it, or give \
         another path",
        path.display()
    )]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Somebody else has the file open while it must stand still.
    #[error(
        "{} is in use: stop the server, and every other command on it, first; it is read while nobody else has it open",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds the file and does not let go.
    #[error("{} is locked by another program", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file system cannot share memory between readers and the writer, as network file systems cannot.
    #[error("{} lies on a file system that cannot hold an embedded database; use a local disk", path.display())]
    NoWal {
        /// The file.
        path: PathBuf,
    },
    /// The address cannot be read.
    #[error("the database URL {0}")]
    BadAddress(#[from] AddressError),
    /// Nobody answers, or nobody who may be written to.
    #[error(
        "no primary of the database answers: check that it runs, that this machine may reach it, and that the replica set \
         has been initiated and names hosts this machine can resolve; seen: {source}"
    )]
    Unreachable {
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// Somebody answers who cannot prove to be that server.
    #[error(
        "the certificate of the database does not hold for this address: the URL has to name the host that the certificate \
         names, and its issuer has to be one that this machine trusts (or `tlsCAFile` names it); seen: {source}"
    )]
    Untrusted {
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// Somebody answers, and not in TLS.
    #[error(
        "the database does not speak TLS at this address, and the URL asks for it: give the port that does, or leave `tls` \
         out where the way to it is private; seen: {source}"
    )]
    WithoutTls {
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// The servers that answer belong to other sets.
    #[error(
        "no server of the database is a member of a replica set with the name `{name}`, which `replicaSet` asks for: \
         `rs.status().set` tells its name"
    )]
    OtherSet {
        /// The name that was asked for.
        name: String,
    },
    /// There is a database of this name in other letters.
    #[error(
        "the server has a database whose name differs from this one in capital letters only, which it does not allow: write \
         the name in the URL as it is there"
    )]
    OtherCase,
    /// A primary is there, and not enough other members.
    #[error(
        "the primary of the database answers, and most members of its replica set do not confirm a write: see which of them \
         are away (`rs.status()`); seen: {source}"
    )]
    NoMajority {
        /// What was seen.
        #[source]
        source: Cause,
    },
    /// The server is there, and does not accept user and password.
    #[error(
        "the database does not accept this user and password: check both, and `authSource` when the user was not made in \
         the database that the URL names"
    )]
    WrongCredentials,
    /// The user lacks rights that requests need.
    #[error(
        "the database user lacks rights on the database that the URL names: {rights}; the role `readWrite` on it has them all"
    )]
    LacksRights {
        /// Which, and on what.
        rights: String,
    },
    /// The user may not do what the program has to.
    #[error(
        "the database user may not do what is needed ({doing}): give it the role `readWrite` on the database that the URL \
         names"
    )]
    NotPermitted {
        /// What it was.
        doing: &'static str,
    },
    /// The server is not part of a replica set, so it can do no transaction.
    #[error(
        "MongoDB runs as a standalone server, which has no transactions; one server is enough, but it must be a replica set: \
         start it with `--replSet rs0` and run once `mongosh --eval 'rs.initiate()'`"
    )]
    Standalone,
    /// The server cannot do what the store needs.
    #[error(
        "the database server is older than MongoDB 6.0, which is the oldest that the store can work with"
    )]
    TooOld,
    /// A newer program has written here.
    #[error(
        "the collection {collection} holds documents of schema version {found}, this program knows up to {known}: a newer \
         one has written here; run that one"
    )]
    NewerSchema {
        /// The collection.
        collection: &'static str,
        /// The newest version that is there.
        found: i64,
        /// The newest version known here.
        known: u32,
    },
    /// The declarations contradict each other. A defect.
    #[error("{0}")]
    Declaration(String),
    /// Anything else the engine said.
    #[error("opening the database failed while {doing}: {source}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: Cause,
    },
}

impl OpenError {
    /// Whether it may pass by itself: the database is not up yet, has no primary yet, or is held by somebody who will let
    /// go. Everything else has to be mended by somebody.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::NoMajority { .. } | Self::Locked { .. } | Self::InUse { .. }
        )
    }
}
