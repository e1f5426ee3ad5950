//! The cleanup: a watchdog in a separate process.
//!
//! `Drop` ends servers when a test passes or panics, but not when its process is killed. So every folder has a
//! shell beside it that reads the ids of the servers in it from a pipe. The pipe closes with the last handle, and
//! the system closes it for a process that is killed; then the shell kills the servers that are still in its list
//! and removes the folder. It runs in a separate process group, where an interrupt from the terminal does not reach
//! it.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::ServerError;

/// Lines are `+ ID` for a started process and `- ID` for one that was waited for: its id may be reused. A folder may
/// not be removable while the last write of a killed server is in progress.
const WATCHDOG: &str = r#"
trap '' HUP INT QUIT TERM
running=' '
while read -r change id; do
    case $change in
    +) running="$running$id " ;;
    -) running="${running%% "$id" *} ${running#* "$id" }" ;;
    esac
done
for id in $running; do
    kill -KILL "$id"
done
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$1" && exit
    sleep 0.2
done
"#;

/// The preferred place of folders: tmpfs, if it has room, because nothing here needs to survive a reboot.
const MEMORY: &str = "/dev/shm";
/// The required room in KiB. A run of the whole suite has two sets and a few single servers at a time.
const ROOM: u64 = 2 * 1024 * 1024;

/// A folder with its watchdog. Dropping it removes the folder; its processes must have ended by then.
#[derive(Debug)]
pub(crate) struct Keeper {
    folder: PathBuf,
    list: List,
    watchdog: Child,
}

/// Tells the watchdog which processes run.
#[derive(Clone, Debug)]
pub(crate) struct List(Arc<Mutex<Option<ChildStdin>>>);

impl Keeper {
    /// Creates an empty folder with a watchdog.
    pub(crate) fn new() -> Result<Self, ServerError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("palisade-servers-");
        let folder = if has_room(MEMORY) { builder.tempdir_in(MEMORY) } else { builder.tempdir() };
        let folder = folder.map_err(ServerError::system("creating a temporary folder"))?;
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(folder.path())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(ServerError::system("starting a shell"))?;
        let list = List(Arc::new(Mutex::new(watchdog.stdin.take())));
        Ok(Self { folder: folder.keep(), list, watchdog })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn list(&self) -> List {
        self.list.clone()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        *self.list.0.lock() = None;
        let _ = self.watchdog.wait();
    }
}

impl List {
    /// From now on the watchdog kills this process when we end.
    pub(crate) fn add(&self, id: u32) -> Result<(), ServerError> {
        self.tell(&format!("+ {id}\n")).map_err(ServerError::system("telling the watchdog"))
    }

    /// The process has ended and was waited for.
    pub(crate) fn remove(&self, id: u32) {
        // If the watchdog has ended, it kills nothing.
        let _ = self.tell(&format!("- {id}\n"));
    }

    fn tell(&self, line: &str) -> std::io::Result<()> {
        match self.0.lock().as_mut() {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }
}

/// The second line of `df -Pk` is: file system, blocks, used, available, …
fn has_room(folder: &str) -> bool {
    let Ok(output) = Command::new("df").args(["-Pk", folder]).stderr(Stdio::null()).output() else {
        return false;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let available = said.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    available.is_some_and(|available| available >= ROOM)
}
