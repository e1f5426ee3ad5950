//! Why there is no server.

use std::fmt;
use std::io;

/// Why a server could not be started, or does not do what it should. Its `Debug` form is the sentence, so that
/// `unwrap` in a test says it.
#[derive(thiserror::Error)]
pub enum ServerError {
    /// The program is not on this machine.
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
    /// A program that tests run, and that is no server, is not on this machine.
    #[error(
        "{program} is missing. `scripts/install-test-tools.sh {program}` installs it into a cache folder; or name it by \
         {variable}"
    )]
    NoTool {
        /// Its name, which the script knows too.
        program: &'static str,
        /// The variable that names a program.
        variable: &'static str,
    },
    /// The library that makes clocks wrong is not on this machine.
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
    /// The system refused something.
    #[error("{doing}: {cause}")]
    System {
        /// What was being done.
        doing: String,
        /// What the system said.
        cause: io::Error,
    },
    /// It ended when it should run.
    #[error("{name} ended with {status}; it said last:\n{said}")]
    Ended {
        /// Which server.
        name: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of its log.
        said: String,
    },
    /// It did not come to the point in time.
    #[error("{awaited} did not happen within {seconds} s; the last answer was: {last}")]
    Late {
        /// What was waited for.
        awaited: String,
        /// For how long.
        seconds: u64,
        /// What it said when it was last asked.
        last: String,
    },
    /// The driver could not do what it was asked.
    #[error("{doing}: {cause}")]
    Driver {
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        cause: mongodb::error::Error,
    },
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ServerError {
    /// What the system refused, with what was being done.
    pub(crate) fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::System { doing, cause }
    }

    /// What the driver refused, with what was being done.
    pub(crate) fn driver(doing: &'static str) -> impl FnOnce(mongodb::error::Error) -> Self {
        move |cause| Self::Driver { doing, cause }
    }
}
