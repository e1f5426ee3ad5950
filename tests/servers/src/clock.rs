//! A wrong clock for single processes: `libfaketime` answers when they read the time. Monotonic time stays
//! unchanged, so waits take as long as ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::error::ServerError;
use crate::program::{installed, variable};

/// Names the library, where it is neither installed by the script nor by Debian.
const VARIABLE: &str = "LIBFAKETIME";
const LIBRARY: &str = "libfaketime.so.1";
/// Where Debian has it, each for one architecture.
const DEBIAN: &str = "/usr/lib";
/// Where the library leaves a semaphore and a page for each process that is killed.
const SHARED: &str = "/dev/shm";
const LEFT: [&str; 2] = ["sem.faketime_sem_", "faketime_shm_"];

/// A clock that one or more processes are given by their environment. It has to outlive them.
#[derive(Debug)]
pub struct WrongClock {
    library: PathBuf,
    folder: TempDir,
}

impl WrongClock {
    /// A process has heard of a [`set`](Self::set) after this. It looks every two seconds.
    pub const HEARD_AFTER: Duration = Duration::from_secs(3);

    /// A clock that is so many seconds ahead of this machine's; behind it, when they are fewer than none.
    pub fn off_by(seconds: i64) -> Result<Self, ServerError> {
        let library = find().ok_or(ServerError::NoLibrary { library: LIBRARY, variable: VARIABLE })?;
        let folder = tempfile::tempdir().map_err(ServerError::system("making a folder for a clock"))?;
        let clock = Self { library, folder };
        clock.set(seconds)?;
        Ok(clock)
    }

    /// Sets it while processes run by it.
    pub fn set(&self, seconds: i64) -> Result<(), ServerError> {
        let refused = || ServerError::system("setting a clock");
        // Whole or not at all: they read when they like.
        let begun = self.folder.path().join("begun");
        fs::write(&begun, format!("{seconds:+}\n")).map_err(refused())?;
        fs::rename(begun, self.file()).map_err(refused())
    }

    /// What a process needs in its environment to go by this clock.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.to_string_lossy().into_owned()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().to_string_lossy().into_owned()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("difference")
    }
}

impl Drop for WrongClock {
    fn drop(&mut self) {
        for entry in fs::read_dir(SHARED).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let process = LEFT.iter().find_map(|prefix| name.strip_prefix(prefix));
            if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
                // Another run may have been quicker.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The one named by its variable, else the installed one, else Debian's.
fn find() -> Option<PathBuf> {
    if let Some(named) = variable(VARIABLE) {
        return Some(named.into());
    }
    let debian =
        fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path().join("faketime"));
    installed().into_iter().chain(debian).map(|folder| folder.join(LIBRARY)).find(|file| file.is_file())
}
