//! What is printed for people. Logs do not go through here.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::context::Failure;

/// How long a complaint waits for whoever reads standard error.
const PATIENCE: Duration = Duration::from_secs(2);

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

/// The same for what may be a mistake: the operator types the name of what it is about.
///
/// # Errors
/// For anything but that name; then nothing was done.
pub(super) fn confirm_by_name(doubt: &str, name: &str, given: Option<&str>) -> Result<(), Failure> {
    complain(doubt);
    let asked = match given {
        Some(given) => given.to_owned(),
        None if io::stdin().is_terminal() => {
            write!(io::stderr().lock(), "\nType the name of the database ({name}) to go on: ")?;
            let mut answer = String::new();
            io::stdin().read_line(&mut answer)?;
            answer
        }
        None => return Err(format!("nothing was done: `--confirm {name}` says yes to this, too").into()),
    };
    if asked.trim() == name { Ok(()) } else { Err(format!("nothing was done: that is not {name}").into()) }
}

/// Says something on standard error, beside the log, and waits until it is said: but not for a reader that stopped.
pub(super) fn complain(text: &str) {
    let said = mention(text.to_owned());
    // Nothing is sent: it ends when the thread has ended.
    let _ = said.recv_timeout(PATIENCE);
}

/// Says something on standard error, beside the log, by a thread of its own that nobody has to wait for.
pub(super) fn mention(text: String) -> Receiver<()> {
    let (done, is_done) = channel();
    // Nothing can be said about standard error being gone, nor about there being no thread.
    let _ = thread::Builder::new().name("palisade-terminal".to_owned()).spawn(move || {
        let _ = writeln!(io::stderr().lock(), "{text}");
        drop(done);
    });
    is_done
}
