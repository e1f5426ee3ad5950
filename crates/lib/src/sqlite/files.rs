//! The names of the files that belong to a database.

use std::fs;
use std::path::{Path, PathBuf};

/// The suffix of the write-ahead log.
const LOG: &str = "-wal";

/// The suffix of the mark, which repeats the commit count of the database.
const MARK: &str = ".mark";

/// The suffixes of all files that lie next to a database and belong to it.
const SUFFIXES: [&str; 4] = [LOG, "-shm", "-journal", MARK];

pub(super) fn log(database: &Path) -> PathBuf {
    with_suffix(database, LOG)
}

pub(super) fn mark(database: &Path) -> PathBuf {
    with_suffix(database, MARK)
}

/// A temporary file on the same disk.
pub(super) fn trial(database: &Path) -> PathBuf {
    with_suffix(database, "-room")
}

/// Removes a closed database and the files next to it, as far as they exist.
pub(crate) fn remove_database(database: &Path) {
    let all = SUFFIXES.iter().map(|suffix| with_suffix(database, suffix));
    for file in std::iter::once(database.to_owned()).chain(all) {
        let _ = fs::remove_file(file);
    }
}

fn with_suffix(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
