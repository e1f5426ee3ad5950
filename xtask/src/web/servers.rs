//! Servers that end with the step that started them.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::finding::Failure;
use crate::outcome::command_line;

/// A server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    name: &'static str,
    out: PathBuf,
    errors: PathBuf,
}

impl Running {
    /// Starts it; its output goes to files in this folder.
    pub(super) fn start(command: &mut Command, folder: &Path, name: &'static str) -> Result<Self, Failure> {
        let file = |path: &Path| File::create(path).map_err(|error| Failure::io("creating", path, &error));
        let (out, errors) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.err")));
        command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&errors)?);
        let child = command.spawn().map_err(|error| Failure::broken(command_line(command), error))?;
        Ok(Self { child, name, out, errors })
    }

    /// The file of its standard output.
    pub(super) fn out(&self) -> &Path {
        &self.out
    }

    /// The file of its standard error.
    pub(super) fn errors(&self) -> &Path {
        &self.errors
    }

    /// The end of its output, for the message about a failure.
    pub(super) fn last_output(&self) -> String {
        let mut said = String::new();
        for path in [&self.out, &self.errors] {
            let text = fs::read_to_string(path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            for line in lines.iter().skip(lines.len().saturating_sub(20)) {
                said.extend([self.name, ": ", line, "\n"]);
            }
        }
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error means that it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16, Failure> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(|error| Failure::broken("finding a free port", error))
}
