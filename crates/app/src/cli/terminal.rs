//! Output for people. Logs do not go through here.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::context::Failure;

/// How long an error message waits for the reader of standard error.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prints to standard output, exactly this text.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_on(text).map(drop)
}

/// The same for a part of a longer text. Returns whether somebody still reads.
pub(super) fn print_on(text: &str) -> Result<bool, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `palisade routes | head`: the reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true)?),
    }
}

/// Asks the operator to confirm a cost.
///
/// # Errors
/// For any other answer than yes; then nothing was done.
pub(super) fn confirm(cost: &str, yes: bool) -> Result<(), Failure> {
    complain(cost);
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err("nothing was done: use --yes to confirm".into());
    }
    write!(io::stderr().lock(), "\nType yes to continue: ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err("nothing was done".into()) }
}

/// The same for a possible mistake: the operator types the name of the database.
///
/// # Errors
/// For any other name; then nothing was done.
pub(super) fn confirm_by_name(doubt: &str, name: &str, given: Option<&str>) -> Result<(), Failure> {
    complain(doubt);
    let asked = match given {
        Some(given) => given.to_owned(),
        None if io::stdin().is_terminal() => {
            write!(io::stderr().lock(), "\nType the name of the database ({name}) to continue: ")?;
            let mut answer = String::new();
            io::stdin().read_line(&mut answer)?;
            answer
        }
        None => {
            return Err(format!("nothing was done: use `--confirm {name}` to confirm this as well").into());
        }
    };
    if asked.trim() == name { Ok(()) } else { Err(format!("nothing was done: that is not {name}").into()) }
}

/// Prints to standard error, beside the log, and waits until it is printed: but not for a reader that stopped.
pub(super) fn complain(text: &str) {
    let said = mention(text.to_owned());
    // Nothing is sent: it ends when the thread has ended.
    let _ = said.recv_timeout(PATIENCE);
}

/// Prints to standard error, beside the log, on a separate thread that nobody has to wait for.
pub(super) fn mention(text: String) -> Receiver<()> {
    let (done, is_done) = channel();
    // A missing standard error or thread cannot be reported.
    let _ = thread::Builder::new().name("palisade-terminal".to_owned()).spawn(move || {
        let _ = writeln!(io::stderr().lock(), "{text}");
        drop(done);
    });
    is_done
}
