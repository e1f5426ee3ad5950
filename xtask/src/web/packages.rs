//! The packages of the repository that Node.js runs: copies in the target directory, so that nothing is written into the
//! checkout. They keep their places beside each other, because one may depend on another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::finding::Failure;
use crate::outcome::command_line;
use crate::programs;
use crate::repository::{self, Repository};

/// A folder in the target directory, and the binary built for the step.
pub(super) struct Bench<'a> {
    pub(super) repository: &'a Repository,
    pub(super) binary: PathBuf,
    folder: PathBuf,
}

impl<'a> Bench<'a> {
    pub(super) fn new(repository: &'a Repository) -> Result<Self, Failure> {
        Ok(Self { repository, binary: programs::product(repository)?, folder: folder()? })
    }

    pub(super) fn install(&self, package: &str) -> Result<PathBuf, Failure> {
        install(self.repository, &self.folder, package)
    }

    /// Where `install` has put a package.
    pub(super) fn installed(&self, package: &str) -> PathBuf {
        self.folder.join(package)
    }

    /// Writes the OpenAPI document of the binary to a file, and returns its path.
    pub(super) fn document(&self) -> Result<PathBuf, Failure> {
        let folder = self.empty("openapi")?;
        let document = folder.join("openapi.json");
        let file = File::create(&document).map_err(|error| Failure::io("creating", &document, &error))?;
        run(Command::new(&self.binary).arg("openapi").current_dir(&folder).env_clear().stdout(file))?;
        Ok(document)
    }

    pub(super) fn empty(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| Failure::io("creating", &folder, &error))?;
        Ok(folder)
    }
}

/// Where packages are installed.
pub(super) fn folder() -> Result<PathBuf, Failure> {
    Ok(repository::target()?.join("web"))
}

/// A copy of a package of the repository with its dependencies, which are kept for as long as the lock file.
pub(super) fn install(repository: &Repository, folder: &Path, package: &str) -> Result<PathBuf, Failure> {
    let (from, to) = (repository.path(package), folder.join(package));
    // Renamed or deleted files must not be built or run.
    for folder in ["src", "test"] {
        let _ = fs::remove_dir_all(to.join(folder));
    }
    copy(&from, &to)?;
    let lock = repository.read(&format!("{package}/package-lock.json"))?;
    let installed = to.join("node_modules/.installed-lock");
    if fs::read_to_string(&installed).is_ok_and(|of| of == lock) {
        return Ok(to);
    }
    run(Command::new("npm").args(["ci", "--prefer-offline", "--loglevel=error"]).current_dir(&to))?;
    fs::write(&installed, lock).map_err(|error| Failure::io("writing", &installed, &error))?;
    Ok(to)
}

/// Copies hand-written files, not installed or built ones.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let made = |name: &str| matches!(name, "node_modules" | "dist" | "made" | ".next" | "next-env.d.ts");
    let entries = WalkDir::new(from).into_iter();
    for entry in
        entries.filter_entry(|entry| entry.depth() == 0 || !made(&entry.file_name().to_string_lossy()))
    {
        let entry = entry.map_err(|error| Failure::broken("listing a package", error))?;
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        let copied = if entry.file_type().is_dir() {
            fs::create_dir_all(&target)
        } else {
            fs::copy(entry.path(), &target).map(drop)
        };
        copied.map_err(|error| Failure::io("copying to", &target, &error))?;
    }
    Ok(())
}

pub(super) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::broken(command_line(command), error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(command_line(command))) }
}

/// Shows the output only after a failure.
pub(super) fn quietly(command: &mut Command) -> Result<(), Failure> {
    let output = command.output().map_err(|error| Failure::broken(command_line(command), error))?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Failure::Broken(format!("failed: {}\n{out}{err}", command_line(command))))
}
