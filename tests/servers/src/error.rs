//! The errors of the test servers.

use std::fmt;
use std::io;

/// Why a server could not be started or does not work. `Debug` prints the message, so that `unwrap` in a test shows it.
#[derive(thiserror::Error)]
pub enum ServerError {
    /// The program of a server is missing.
    #[error(
        "{program} is missing. `scripts/install-test-tools.sh servers` installs it into a cache folder; or put it on PATH, \
         or name it by {variable}, or a server that runs already by {url}"
    )]
    Missing {
        /// Its name.
        program: &'static str,
        /// The variable that names a program.
        variable: &'static str,
        /// The variable that names a running server.
        url: &'static str,
    },
    /// Another program that tests run is missing.
    #[error(
        "{program} is missing. `scripts/install-test-tools.sh {program}` installs it into a cache folder; or name it by \
         {variable}"
    )]
    NoTool {
        /// Its name, which is also its name in the script.
        program: &'static str,
        /// The variable that names a program.
        variable: &'static str,
    },
    /// `libfaketime` is missing.
    #[error(
        "{library} is missing. `scripts/install-test-tools.sh servers` installs it into a cache folder; or install \
         libfaketime, or name the library by {variable}"
    )]
    NoLibrary {
        /// Its file name.
        library: &'static str,
        /// The variable that names the file.
        variable: &'static str,
    },
    /// The system returned an error.
    #[error("{doing}: {cause}")]
    System {
        /// The failed action.
        doing: String,
        /// The error.
        cause: io::Error,
    },
    /// The server ended unexpectedly.
    #[error("{name} ended with {status}; it said last:\n{said}")]
    Ended {
        /// The server.
        name: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// The end of its log.
        said: String,
    },
    /// A condition did not hold in time.
    #[error("{awaited} did not happen within {seconds} s; the last answer was: {last}")]
    Late {
        /// The condition.
        awaited: String,
        /// How long it was awaited.
        seconds: u64,
        /// The last observation.
        last: String,
    },
    /// The driver returned an error.
    #[error("{doing}: {cause}")]
    Driver {
        /// What was being done.
        doing: &'static str,
        /// The error.
        cause: mongodb::error::Error,
    },
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ServerError {
    /// Converts an error of the system; `doing` is the failed action.
    pub(crate) fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::System { doing, cause }
    }

    /// Converts an error of the driver; `doing` is the failed action.
    pub(crate) fn driver(doing: &'static str) -> impl FnOnce(mongodb::error::Error) -> Self {
        move |cause| Self::Driver { doing, cause }
    }
}
