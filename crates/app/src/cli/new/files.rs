//! Writing files that are not there yet.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::context::Failure;

/// New files below a folder, by their paths in it.
#[derive(Debug)]
pub(super) struct NewFiles {
    folder: PathBuf,
    files: Vec<(String, String)>,
}

impl NewFiles {
    pub(super) fn within(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), files: Vec::new() }
    }

    pub(super) fn add(&mut self, path: impl Into<String>, text: String) {
        self.files.push((path.into(), text));
    }

    /// Refuses if one of them is there already.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let there = self.files.iter().map(|(path, _)| self.folder.join(path)).find(|path| path.exists());
        match there {
            Some(path) => Err(format!("{} is there already: nothing was written", path.display()).into()),
            None => Ok(()),
        }
    }

    /// Writes all of them, with their folders, in the style of rustfmt if that is installed.
    ///
    /// # Errors
    /// When one is there already, or cannot be written.
    pub(super) fn write(&self) -> Result<(), Failure> {
        self.check()?;
        for (path, text) in &self.files {
            let path = self.folder.join(path);
            write_new(&path, text).map_err(|error| format!("writing {}: {error}", path.display()))?;
        }
        let is_source = |path: &&String| Path::new(path).extension().is_some_and(|end| end == "rs");
        let sources = self.files.iter().map(|(path, _)| path).filter(is_source);
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.arg("--edition=2024").args(sources).current_dir(&self.folder);
        // Only the look depends on it.
        let _ = rustfmt.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        Ok(())
    }

    /// Their paths, each as a line.
    pub(super) fn listed(&self) -> String {
        let mut lines = String::new();
        for (path, _) in &self.files {
            lines.extend(["  ", path, "\n"]);
        }
        lines
    }
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::options().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
