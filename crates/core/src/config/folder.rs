//! Folders with files of an operator.

use std::path::{Path, PathBuf};

use super::settings::{Problem, Setting};

/// A folder that exists and can be listed. Whoever uses its files checks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The path, relative to the working directory or absolute.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Setting for Folder {
    fn expects() -> String {
        "the path of a readable folder".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let listed = std::fs::read_dir(text);
        listed.map_err(|error| format!("names a folder that cannot be read ({})", error.kind()))?;
        Ok(Self(PathBuf::from(text)))
    }

    fn show(&self) -> String {
        self.0.display().to_string()
    }
}
