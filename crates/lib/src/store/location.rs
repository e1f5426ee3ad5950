//! The location of a store, and its problems.

use std::fmt;
use std::path::PathBuf;

use palisade_core::config::{DatabaseUrl, MongoUrl};

use crate::engine::{AddressError, OpenError};

/// The location of the documents.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
    /// A database of a MongoDB replica set or sharded cluster.
    MongoDb(MongoUrl),
}

impl Location {
    /// Parses an address by the rules of `DATABASE_URL`: `sqlite://data/palisade.db` (relative to the working directory),
    /// `sqlite:///var/lib/palisade.db`, `mongodb://…` or `mongodb+srv://…` with the options of a connection string;
    /// the default database is `palisade`.
    ///
    /// # Errors
    /// Its problem. The text itself is not repeated: an address may contain a password.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        Self::of(&DatabaseUrl::read(url).map_err(AddressError)?)
    }

    /// The location of a parsed address. Makes no request.
    ///
    /// # Errors
    /// When the driver cannot use the address.
    pub fn of(url: &DatabaseUrl) -> Result<Self, OpenError> {
        match url {
            DatabaseUrl::Sqlite(file) => Ok(Self::Sqlite(file.path().to_owned())),
            DatabaseUrl::MongoDb(url) => {
                crate::mongodb::check_address(url)?;
                Ok(Self::MongoDb(url.clone()))
            }
        }
    }
}

impl Location {
    /// Whether both are the same place, as far as names show.
    pub fn is_same_place_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(other)) => {
                let whole = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
                whole(one) == whole(other)
            }
            (Self::MongoDb(one), Self::MongoDb(other)) => one.name() == other.name(),
            _ => false,
        }
    }

    /// The operator's name for it: the name of the file, or of the database.
    pub fn short_name(&self) -> String {
        match self {
            Self::Sqlite(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::MongoDb(address) => address.database().to_owned(),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::MongoDb(address) => f.write_str(&address.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file() {
        for (url, path) in [
            ("sqlite://data/palisade.db", Some("data/palisade.db")),
            ("sqlite:///var/lib/palisade.db", Some("/var/lib/palisade.db")),
            ("sqlite://", None),
            ("sqlite://data/", None),
            ("sqlite://a.db?mode=memory", None),
            ("postgres://a", None),
            ("mongodb://", None),
            ("mongodb://host:port", None),
            ("", None),
        ] {
            assert_eq!(Location::parse(url).ok(), path.map(|path| Location::Sqlite(path.into())), "{url}");
        }
    }

    #[test]
    fn the_name_of_a_location_has_one_spelling_and_no_secret() {
        for (url, name) in [
            (
                "mongodb://ada:hunter2@b:27018,a/x?replicaSet=rs0&authSource=admin",
                "mongodb://a:27017,b:27018/x",
            ),
            ("mongodb://a,b:27018/x", "mongodb://a:27017,b:27018/x"),
            ("mongodb://a", "mongodb://a:27017/palisade"),
            ("mongodb+srv://ada:hunter2@db.example.org/y?tls=true", "mongodb+srv://db.example.org/y"),
        ] {
            assert_eq!(format!("{:?}", Location::parse(url).unwrap()), name);
        }
    }

    #[test]
    fn the_error_does_not_repeat_the_url() {
        let error = Location::parse("postgres://ada:secret@host").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
