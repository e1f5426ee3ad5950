//! Whether a database could be created where there is none yet, tried in a temporary folder.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::blocking::run_blocking;
use super::failure::{explain, not_writable};
use super::open;
use crate::engine::OpenError;

/// Creates a database in the folder of the path, or in its nearest existing parent, writes to it, and removes it.
pub(crate) async fn can_be_made(path: PathBuf) -> Result<(), OpenError> {
    run_blocking(move || {
        let trial = trial_folder(&path);
        let tried = make_and_write(&trial);
        // A failed creation leaves nothing to remove.
        let _ = fs::remove_dir_all(&trial);
        tried.map_err(|error| match error {
            OpenError::NotWritable { source, .. } => OpenError::NotWritable { path, source },
            OpenError::NoWal { .. } => OpenError::NoWal { path },
            other => other,
        })
    })
    .await
}

/// A new folder in the first existing one on the way up.
fn trial_folder(path: &Path) -> PathBuf {
    let mut above = path
        .ancestors()
        .skip(1)
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let there = above.find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    there.join(format!(".palisade-check-{}", std::process::id()))
}

fn make_and_write(trial: &Path) -> Result<(), OpenError> {
    let refused = |source: std::io::Error| not_writable(trial, source);
    fs::DirBuilder::new().mode(0o700).create(trial).map_err(refused)?;
    let file = trial.join("trial.db");
    let connection = open::writer(&file)?;
    connection
        .execute_batch("CREATE TABLE trial (filler BLOB); INSERT INTO trial VALUES (zeroblob(262144));")
        .map_err(|error| explain(&file, "trying to write", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_trial_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        for there in ["p.db", "deep/er/p.db"] {
            can_be_made(folder.path().join(there)).await.unwrap();
        }
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is left");
    }

    #[tokio::test]
    async fn the_error_of_a_trial_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        for path in [PathBuf::from("/proc/nope/p.db"), folder.path().join("file/p.db")] {
            let tried = can_be_made(path.clone()).await;
            assert!(
                matches!(&tried, Err(OpenError::NotWritable { path: named, .. }) if *named == path),
                "{}: {tried:?}",
                path.display()
            );
        }
    }
}
