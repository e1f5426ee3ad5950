//! The repository for the checks: its root, its Rust files, and `cargo` run inside it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::{DirEntry, WalkDir};

use crate::finding::Failure;

/// A checkout, or in tests a folder that looks like one.
#[derive(Debug)]
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The checkout that cargo runs this program for, which differs from the one it was compiled from if several
    /// share a target directory.
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says there which checkout it runs for; no setting of ours"
    )]
    pub(crate) fn here() -> Self {
        let package =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let package = Path::new(&package);
        Self::at(package.parent().unwrap_or(package))
    }

    /// The checkout at `root`.
    pub(crate) fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The path of a file of the repository.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The path from the root, with `/` between its parts, as all messages print it.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// Reads a file of the repository.
    pub(crate) fn read(&self, relative: &str) -> Result<String, Failure> {
        let path = self.path(relative);
        fs::read_to_string(&path).map_err(|error| Failure::io("reading", &path, &error))
    }

    /// Every page in a folder, by its path from the root.
    pub(crate) fn pages(&self, folder: &str) -> Result<Vec<String>, Failure> {
        let walk = WalkDir::new(self.path(folder)).sort_by_file_name().into_iter();
        let mut pages = Vec::new();
        for entry in walk.filter_entry(is_ours) {
            let entry = entry.map_err(|error| Failure::broken("listing the repository", error))?;
            if entry.file_type().is_file() && entry.path().extension().is_some_and(|end| end == "md") {
                pages.push(self.relative(entry.path()));
            }
        }
        Ok(pages)
    }

    /// `cargo`, the one that runs this program, in the root of the repository.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        command
    }

    /// `git` in the root of the repository.
    pub(crate) fn git(&self) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.root);
        command
    }
}

/// The `cargo` that runs this program.
#[expect(clippy::disallowed_methods, reason = "cargo says there where it is; no setting of ours")]
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

/// The target directory that cargo builds into for this program.
pub(crate) fn target() -> Result<PathBuf, Failure> {
    let profile = profile()?;
    Ok(profile.parent().unwrap_or(&profile).to_owned())
}

/// The folder of the target directory for the profile this program was built in.
pub(crate) fn profile() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe().map_err(|error| Failure::broken("finding this program", error))?;
    Ok(here.parent().unwrap_or(&here).to_owned())
}

/// Excludes build results, third-party files, and the fixtures of checks.
fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_left_out =
        name.starts_with('.') || matches!(name.as_ref(), "target" | "node_modules" | "fixtures");
    entry.depth() == 0 || !is_left_out
}
