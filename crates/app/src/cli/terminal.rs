//! What is printed for people. Logs do not go through here.

use std::io::{self, IsTerminal as _, Write as _};

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

/// Lets the operator say yes to what has a cost.
///
/// # Errors
/// For anything but a yes; then nothing was done.
pub(super) fn confirm(cost: &str, yes: bool) -> Result<(), Failure> {
    complain(cost);
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err("nothing was done: --yes says yes to this".into());
    }
    write!(io::stderr().lock(), "\nType yes to go on: ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err("nothing was done".into()) }
}

/// Says something on standard error, beside the log.
pub(super) fn complain(text: &str) {
    // Nothing can be said about standard error being gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
