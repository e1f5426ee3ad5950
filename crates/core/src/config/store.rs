//! The document store: its engine, its address, and how long deleted documents are kept.

use std::path::{Path, PathBuf};

use super::mongodb::MongoUrl;
use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use super::values::Period;

const DAY: u64 = 24 * 3600;

/// The address of the document store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The embedded store: one file, one machine.
    Sqlite(SqliteFile),
    /// A database of a MongoDB replica set or sharded cluster, shared by any number of machines.
    MongoDb(MongoUrl),
}

/// The file of the embedded store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteFile(PathBuf);

impl SqliteFile {
    /// The path, relative to the working directory or absolute.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl DatabaseUrl {
    /// Parses an address: `sqlite://` and a path, or a connection string of MongoDB. Every address of a store is parsed
    /// here: the one in the environment, and those that an operator passes to a command.
    ///
    /// # Errors
    /// Says what is wrong, as the end of a sentence that begins with the name of the address. It quotes nothing of it.
    pub fn read(text: &str) -> Result<Self, Problem> {
        if let Some(url) = MongoUrl::parse(text) {
            return url.map(Self::MongoDb);
        }
        let path = text
            .strip_prefix("sqlite://")
            .ok_or("does not begin with `sqlite://`, `mongodb://` or `mongodb+srv://`")?;
        if path.is_empty() || path.ends_with('/') {
            return Err("names no file".into());
        }
        if path.contains(":memory:") {
            return Err("would lose everything when the server stops".into());
        }
        if path.contains(['?', '#', '\0']) {
            return Err("must be a plain path, without parameters".into());
        }
        Ok(Self::Sqlite(SqliteFile(PathBuf::from(path))))
    }
}

impl Setting for DatabaseUrl {
    /// A server's address contains its password.
    const SECRET: bool = true;

    fn expects() -> String {
        "`sqlite://` and a path (`sqlite://data/palisade.db`, absolute: `sqlite:///var/lib/palisade/palisade.db`), or \
         the address of a MongoDB replica set (`mongodb://user:password@host/database`, `mongodb+srv://…`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text)
    }

    fn show(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.0.display()),
            Self::MongoDb(url) => url.show(),
        }
    }
}

settings! {
    /// The document store.
    pub struct StoreConfig in "Store" {
        /// The address of the document store.
        database: DatabaseUrl = DATABASE_URL default("sqlite://data/palisade.db");
        /// How long a deleted account can be restored before it is purged.
        deleted_retention: Period<DAY, {3650 * DAY}> = DELETED_RETENTION default("30d");
        /// How long the events of the audit are kept.
        audit_retention: Period<DAY, {3650 * DAY}> = AUDIT_RETENTION default("400d");
    }
}

impl StoreConfig {
    /// The file in which development keeps the secrets that it created: beside the embedded store, or in the folder
    /// of the default embedded store, under the name of the database.
    pub(super) fn development_secrets(&self) -> PathBuf {
        match &self.database {
            DatabaseUrl::Sqlite(file) => {
                let mut path = file.0.clone().into_os_string();
                path.push(".dev-secrets");
                PathBuf::from(path)
            }
            DatabaseUrl::MongoDb(url) => {
                Path::new("data").join(format!("{}.mongodb.dev-secrets", url.database()))
            }
        }
    }

    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if reader.is_production() && !reader.failed(Self::DATABASE_URL) && self.development_secrets().exists()
        {
            reader.refuse_for(
                Self::DATABASE_URL,
                format!("was used in development: {} exists", self.development_secrets().display()),
                "a separate store for production",
            );
        }
        let is_function = reader.is_production() && reader.env().is_set("VERCEL");
        match &self.database {
            DatabaseUrl::Sqlite(_) if is_function && !reader.failed(Self::DATABASE_URL) => {
                reader.refuse_for(
                    Self::DATABASE_URL,
                    "is a file, and the disk of a function disappears with the function",
                    "the address of a MongoDB database",
                );
            }
            DatabaseUrl::MongoDb(url) if is_function && !url.bounds_its_pool() => reader.warn(
                "DATABASE_URL: without `maxPoolSize=5` each instance of the function opens up to 20 connections",
            ),
            DatabaseUrl::MongoDb(url) if reader.is_production() && url.is_in_the_clear() => reader.warn(
                "DATABASE_URL: without `tls=true` the password and all stored data cross the network unencrypted",
            ),
            _ => {}
        }
        if let DatabaseUrl::MongoDb(url) = &self.database {
            for option in url.overruled() {
                reader.warn(format!(
                    "DATABASE_URL: `{option}` is ignored: the store reads from the primary, and a write counts as done \
                     when most members have it"
                ));
            }
        }
    }
}
