//! A wrong clock for single processes, through `libfaketime`. Monotonic time is unchanged, so timeouts take as long as
//! usual.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::error::ServerError;
use crate::program::{installed, variable};

/// The variable with the path of the library, if neither the script nor Debian installed it.
const VARIABLE: &str = "LIBFAKETIME";
const LIBRARY: &str = "libfaketime.so.1";
/// The folder of Debian, with one folder for each architecture.
const DEBIAN: &str = "/usr/lib";
/// The folder in which the library leaves a semaphore and a page for each process that is killed.
const SHARED: &str = "/dev/shm";
const LEFT: [&str; 2] = ["sem.faketime_sem_", "faketime_shm_"];

/// A clock for processes that get it through their environment. It must outlive them.
#[derive(Debug)]
pub struct WrongClock {
    library: PathBuf,
    folder: TempDir,
}

impl WrongClock {
    /// The time after which every process uses the time of a [`set`](Self::set): the library reads the file every two
    /// seconds.
    pub const HEARD_AFTER: Duration = Duration::from_secs(3);

    /// A clock that is so many seconds ahead of this machine's, or behind it if negative.
    pub fn off_by(seconds: i64) -> Result<Self, ServerError> {
        let library = find().ok_or(ServerError::NoLibrary { library: LIBRARY, variable: VARIABLE })?;
        let folder = tempfile::tempdir().map_err(ServerError::system("making a folder for a clock"))?;
        let clock = Self { library, folder };
        clock.set(seconds)?;
        Ok(clock)
    }

    /// Sets the clock, also while processes use it.
    pub fn set(&self, seconds: i64) -> Result<(), ServerError> {
        let refused = || ServerError::system("setting a clock");
        // Atomically, because processes may read the file at any time.
        let begun = self.folder.path().join("begun");
        fs::write(&begun, format!("{seconds:+}\n")).map_err(refused())?;
        fs::rename(begun, self.file()).map_err(refused())
    }

    /// The variables for a process that uses this clock.
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
                // Another run may have removed it already.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The library from the variable, else the installed one, else Debian's.
fn find() -> Option<PathBuf> {
    if let Some(named) = variable(VARIABLE) {
        return Some(named.into());
    }
    let debian =
        fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path().join("faketime"));
    installed().into_iter().chain(debian).map(|folder| folder.join(LIBRARY)).find(|file| file.is_file())
}
