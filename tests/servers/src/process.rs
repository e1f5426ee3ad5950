//! One server process.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::error::ServerError;
use crate::keeper::List;

/// A shell that becomes the server only after a line of input. Until then the watchdog may not know it; if we end
/// before we send the line, the shell ends, too.
const GATE: &str = r#"read -r go && exec "$@" < /dev/null"#;

/// The number of lines of the log that an error shows.
const SHOWN: usize = 20;

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    list: List,
}

impl Process {
    /// Starts it. Its output is appended to this file.
    pub(crate) fn start(
        name: &str,
        program: &Path,
        arguments: &[impl AsRef<OsStr>],
        log: &Path,
        list: List,
    ) -> Result<Self, ServerError> {
        let refused = || ServerError::system(format!("starting {name}"));
        let out = File::options().create(true).append(true).open(log).map_err(refused())?;
        let errors = out.try_clone().map_err(refused())?;
        let mut child = Command::new("sh")
            .args(["-c", GATE, "gate"])
            .arg(program)
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(refused())?;
        let gate = child.stdin.take();
        let process = Self { name: name.to_owned(), child, log: log.to_owned(), list };
        process.list.add(process.child.id())?;
        if let Some(mut gate) = gate {
            gate.write_all(b"go\n").map_err(refused())?;
        }
        Ok(process)
    }

    /// Returns an error if the process has ended.
    pub(crate) fn still_runs(&mut self) -> Result<(), ServerError> {
        let ended =
            self.child.try_wait().map_err(ServerError::system(format!("asking after {}", self.name)))?;
        match ended {
            None => Ok(()),
            Some(status) => {
                Err(ServerError::Ended { name: self.name.clone(), status, said: last_lines(&self.log) })
            }
        }
    }

    /// Sends it a signal by name: `STOP`, `CONT`.
    pub(crate) fn signal(&self, signal: &str) -> Result<(), ServerError> {
        let doing = || ServerError::system(format!("sending {signal} to {}", self.name));
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().map_err(doing())?;
        if sent.success() { Ok(()) } else { Err(doing()(std::io::ErrorKind::NotFound.into())) }
    }

    /// SIGKILL: the process cannot write anything any more.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.list.remove(self.child.id());
    }
}

fn last_lines(log: &Path) -> String {
    let said = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(SHOWN)).copied().collect::<Vec<_>>().join("\n")
}
