//! A file that is written completely or not at all, for a backup: under a temporary name until it is finished, then
//! under the requested one, which must be free.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use palisade_core::ports::Rng;

use super::location::Location;
use crate::engine::OpenError;
use crate::sqlite;

/// A file under construction. Dropping it before it is kept removes it.
#[derive(Debug)]
pub struct NewFile {
    to: PathBuf,
    draft: PathBuf,
}

impl NewFile {
    /// Begins a file for this path.
    ///
    /// # Errors
    /// [`OpenError::Exists`]: nothing is ever overwritten. [`OpenError::NoFolder`]: none is created.
    pub fn begin(to: &Path, rng: &dyn Rng) -> Result<Self, OpenError> {
        if to.symlink_metadata().is_ok() {
            return Err(OpenError::Exists { path: to.to_owned() });
        }
        if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
        {
            return Err(OpenError::NoFolder { path: folder.to_owned() });
        }
        let mut name = [0_u8; 8];
        rng.fill(&mut name);
        let name = format!("{:016x}.unfinished", u64::from_be_bytes(name));
        Ok(Self { to: to.to_owned(), draft: to.with_added_extension(name) })
    }

    /// Its location while it is being written.
    pub fn location(&self) -> Location {
        Location::Sqlite(self.draft.clone())
    }

    /// Gives it its name: one file with everything in it, on the disk, readable only by its owner. It must not be
    /// open any more.
    ///
    /// # Errors
    /// [`OpenError::Exists`] when another process was faster; the system's error.
    pub async fn keep(self) -> Result<(), OpenError> {
        let done = tokio::task::spawn_blocking(move || {
            sqlite::merge_log(&self.draft)?;
            self.publish().map_err(|source| match source.kind() {
                ErrorKind::AlreadyExists => OpenError::Exists { path: self.to.clone() },
                _ => OpenError::NotWritable { path: self.to.clone(), source: source.into() },
            })
        });
        done.await.map_err(|error| OpenError::Engine { doing: "finishing a file", source: error.into() })?
    }

    fn publish(&self) -> io::Result<()> {
        fs::File::open(&self.draft)?.sync_all()?;
        // A hard link never replaces a file. A file system without links needs a check before the rename.
        match fs::hard_link(&self.draft, &self.to) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists || self.to.exists() => return Err(error),
            Err(_) => fs::rename(&self.draft, &self.to)?,
        }
        let folder =
            self.to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(folder)?.sync_all()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Whether it was kept or not, this name is no longer needed.
        sqlite::remove_database(&self.draft);
    }
}
