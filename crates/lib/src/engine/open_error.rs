//! The errors of opening a store.

use std::path::PathBuf;

use super::error::Cause;
use super::location::AddressError;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or the file cannot be created or written.
    #[error("cannot write {}: check that its folder exists, belongs to this user and has room", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Cause,
    },
    /// This process has reached its limit of open files.
    #[error(
        "this process has reached its limit of open files: raise it (`ulimit -n`; `LimitNOFILE=` of systemd, \
         `--ulimit nofile=` of Docker)"
    )]
    NoDescriptors,
    /// The file belongs to another program.
    #[error("{} is not a database of Palisade: nothing was changed; give another path", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file is ours, but some of it cannot be read.
    #[error(
        "the database is damaged: stop every server on it, move the file and its `-wal` away, and restore a backup; error: {source}"
    )]
    Damaged {
        /// The error.
        #[source]
        source: Cause,
    },
    /// There is no file.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file has lost writes.
    #[error(
        "{} has lost writes: it was replaced by an older copy, emptied or removed, or its log (`-wal`) was. Put the \
         newest files back. To go back to an older copy on purpose, give it to `palisade db restore --from FILE`, which also \
         ends its sessions. To start with the file as it is, or with a new one, remove {}",
        path.display(),
        mark.display()
    )]
    Behind {
        /// The file.
        path: PathBuf,
        /// The mark that records the progress of the file.
        mark: PathBuf,
    },
    /// The file to create already exists.
    #[error("{} already exists: nothing is overwritten; choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder of the file to create does not exist.
    #[error(
        "there is no folder {}: a backup does not create one, because the disk may not be mounted; create it, or give \
         another path",
        path.display()
    )]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Another process has the file open, although it must not change.
    #[error(
        "{} is in use: first stop the server and every other command on it; no other process may have it open meanwhile",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds a lock on the file.
    #[error("{} is locked by another program", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file system cannot share memory between readers and the writer; network file systems cannot.
    #[error("{} is on a file system that does not support an embedded database; use a local disk", path.display())]
    NoWal {
        /// The file.
        path: PathBuf,
    },
    /// The address is invalid.
    #[error("the database URL {0}")]
    BadAddress(#[from] AddressError),
    /// No server answers, or no writable one.
    #[error(
        "no primary of the database answers: check that it runs, that this machine can reach it, and that the replica set \
         has been initiated and names hosts that this machine can resolve; error: {source}"
    )]
    Unreachable {
        /// The error.
        #[source]
        source: Cause,
    },
    /// The server cannot prove its identity.
    #[error(
        "the certificate of the database is not valid for this address: the URL must name the host of the certificate, \
         and this machine must trust its issuer (or `tlsCAFile` must name it); error: {source}"
    )]
    Untrusted {
        /// The error.
        #[source]
        source: Cause,
    },
    /// The server answers without TLS.
    #[error(
        "the database does not use TLS at this address, but the URL requires it: give the port that does, or leave `tls` \
         out if the network to it is private; error: {source}"
    )]
    WithoutTls {
        /// The error.
        #[source]
        source: Cause,
    },
    /// The answering servers belong to other sets.
    #[error(
        "no server of the database is a member of a replica set with the name `{name}`, which `replicaSet` names: \
         `rs.status().set` shows its name"
    )]
    OtherSet {
        /// The requested name.
        name: String,
    },
    /// A database exists whose name differs only in case.
    #[error(
        "the server has a database whose name differs from this one only in upper and lower case, which it does not allow: \
         write the name in the URL as on the server"
    )]
    OtherCase,
    /// There is a primary, but not enough other members.
    #[error(
        "the primary of the database answers, but most members of its replica set do not confirm a write: see which of them \
         are down (`rs.status()`); error: {source}"
    )]
    NoMajority {
        /// The error.
        #[source]
        source: Cause,
    },
    /// The server does not accept user and password.
    #[error(
        "the database does not accept this user and password: check both, and `authSource` if the user was created in \
         another database than the URL names"
    )]
    WrongCredentials,
    /// The user lacks rights that requests need.
    #[error(
        "the database user lacks rights on the database that the URL names: {rights}; the role `readWrite` on it has them all"
    )]
    LacksRights {
        /// The rights, and their collections.
        rights: String,
    },
    /// The user lacks a required right.
    #[error(
        "the database user lacks a required right ({doing}): give it the role `readWrite` on the database that the URL \
         names"
    )]
    NotPermitted {
        /// The operation.
        doing: &'static str,
    },
    /// The server is not part of a replica set, so it has no transactions.
    #[error(
        "MongoDB runs as a standalone server, which has no transactions; one server is enough, but it must be a replica set: \
         start it with `--replSet rs0` and run once `mongosh --eval 'rs.initiate()'`"
    )]
    Standalone,
    /// The server lacks required features.
    #[error("the database server is older than MongoDB 6.0, which is the oldest supported version")]
    TooOld,
    /// A newer program has written to the store.
    #[error(
        "the collection {collection} contains documents of schema version {found}, but this program knows only up to {known}: a \
         newer release has written here; run that one"
    )]
    NewerSchema {
        /// The collection.
        collection: &'static str,
        /// The newest version that was found.
        found: i64,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The declarations contradict each other. A bug.
    #[error("{0}")]
    Declaration(String),
    /// Any other error of the engine.
    #[error("opening the database failed while {doing}: {source}")]
    Engine {
        /// The operation.
        doing: &'static str,
        /// The engine's error.
        #[source]
        source: Cause,
    },
}

impl OpenError {
    /// Whether the problem may pass by itself: the database is not up yet, has no primary yet, or is locked by a
    /// process that will release it. Everything else needs an operator.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::NoMajority { .. } | Self::Locked { .. } | Self::InUse { .. }
        )
    }
}
