//! A temporary place for a store that has to be opened but not kept.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use palisade_core::config::Env;
use palisade_core::ports::SystemRng;
use palisade_core::utils::crypto::random::random_array;

/// An empty folder that nobody else can read. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> io::Result<Self> {
        let name = u128::from_be_bytes(random_array(&SystemRng));
        let path = std::env::temp_dir().join(format!("palisade-{name:032x}"));
        // Refuses an existing folder: it would belong to another process.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// The same environment with an empty store in this folder.
    pub(super) fn instead_of_the_store(&self, env: &Env) -> Env {
        let store = format!("sqlite://{}", self.0.join("empty.db").display());
        env.clone().with("DATABASE_URL_FILE", "").with("DATABASE_URL", store)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that cannot be removed contains nothing important.
        let _ = fs::remove_dir_all(&self.0);
    }
}
