//! The locations of the programs.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::ServerError;

/// The variable with the folder of `scripts/install-test-tools.sh`, if it is not the user's cache.
const FOLDER: &str = "PALISADE_TEST_TOOLS";

/// A program and the variables around it.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its name.
    pub(crate) name: &'static str,
    /// The variable with its path.
    pub(crate) variable: &'static str,
    /// The variable with the URL of a running server.
    pub(crate) url: &'static str,
}

impl Program {
    /// The program from the variable, else the first on `PATH`, else the installed one.
    pub(crate) fn find(&self) -> Result<PathBuf, ServerError> {
        if let Some(named) = variable(self.variable) {
            return Ok(named.into());
        }
        let path = variable("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .chain(installed())
            .map(|folder| folder.join(self.name))
            .find(|file| file.is_file())
            .ok_or(ServerError::Missing { program: self.name, variable: self.variable, url: self.url })
    }
}

/// The path of schemathesis: from `SCHEMATHESIS`, else the installed one. Not from `PATH`: another version finds other
/// faults.
pub fn schemathesis() -> Result<PathBuf, ServerError> {
    const NAME: &str = "schemathesis";
    const VARIABLE: &str = "SCHEMATHESIS";
    let named = variable(VARIABLE).map(PathBuf::from);
    let found = named.or_else(|| installed().map(|folder| folder.join(NAME)));
    found.filter(|file| file.is_file()).ok_or(ServerError::NoTool { program: NAME, variable: VARIABLE })
}

/// The folder in which the script installs.
pub(crate) fn installed() -> Option<PathBuf> {
    let cache = || variable("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let folder = variable(FOLDER).map(PathBuf::from);
    folder.or_else(|| Some(cache().or_else(home)?.join("palisade-test-tools")))
}

/// The value of a variable, if it is not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "of the machine that runs the tests; no setting of the product"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
