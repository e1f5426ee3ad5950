//! The locations of the programs.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::ServerError;

/// Where `scripts/install-test-tools.sh` installs, when it is not the cache of the user.
const FOLDER: &str = "PALISADE_TEST_TOOLS";

/// A program and the variables around it.
#[derive(Debug)]
pub(crate) struct Program {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Names the program.
    pub(crate) variable: &'static str,
    /// Names a server that runs already.
    pub(crate) url: &'static str,
}

impl Program {
    /// The one named by its variable, else the first on `PATH`, else the installed one.
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

/// Where schemathesis is: named by `SCHEMATHESIS`, else installed. Not looked for on `PATH`: another version finds other faults.
pub fn schemathesis() -> Result<PathBuf, ServerError> {
    const NAME: &str = "schemathesis";
    const VARIABLE: &str = "SCHEMATHESIS";
    let named = variable(VARIABLE).map(PathBuf::from);
    let found = named.or_else(|| installed().map(|folder| folder.join(NAME)));
    found.filter(|file| file.is_file()).ok_or(ServerError::NoTool { program: NAME, variable: VARIABLE })
}

/// The folder of the script.
pub(crate) fn installed() -> Option<PathBuf> {
    let cache = || variable("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let folder = variable(FOLDER).map(PathBuf::from);
    folder.or_else(|| Some(cache().or_else(home)?.join("palisade-test-tools")))
}

/// A variable that is set, and not to nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "of the machine that runs the tests; no setting of the product"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
