//! What is printed for people. Logs do not go through here.

use std::io::{self, Write as _};

use super::Failure;

/// Prints to standard output, exactly this text.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `palisade routes | head`: the reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Says something on standard error, beside the log.
pub(super) fn complain(text: &str) {
    // Nothing can be said about standard error being gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
