//! Where a store is, and what can be wrong with that place.

use std::fmt;
use std::path::PathBuf;

use super::error::Cause;

/// Where the documents are.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
}

impl Location {
    /// Reads a `DATABASE_URL`: `sqlite://data/palisade.db` (relative to the working directory),
    /// `sqlite:///var/lib/palisade.db`.
    ///
    /// # Errors
    /// What is wrong with it. The text itself is not repeated: other engines' addresses carry passwords.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let path = url.strip_prefix("sqlite://").ok_or(OpenError::UnknownEngine)?;
        if path.is_empty() || path.ends_with('/') || path.contains(['?', '#', '\0']) {
            return Err(OpenError::NotAFile);
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no engine we have.
    #[error("the database URL must begin with sqlite://")]
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
    /// The file is something else.
    #[error("{} is not a database of Palisade: nothing was changed; give another path", path.display())]
    NotOurs {
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
    /// The declarations contradict each other. A defect.
    #[error("{0}")]
    Declaration(String),
    /// Anything else the engine said.
    #[error("opening the database failed while {doing}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        source: Cause,
    },
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
            ("", None),
        ] {
            assert_eq!(Location::parse(url).ok(), path.map(|path| Location::Sqlite(path.into())), "{url}");
        }
    }

    #[test]
    fn the_error_does_not_repeat_the_url() {
        let error = Location::parse("postgres://ada:secret@host").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
