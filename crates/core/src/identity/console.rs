//! The console of a process, and the operator who acts from it: no request can have either.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the console of this process was taken.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The proof of the person who started this process. Code that opens the store or acts as the operator requires it.
///
/// There is one, [`take`](Self::take) lends it to `main` for as long as `main` runs, and it stays there:
///
/// - It is lent by reference, so it cannot be kept in a `static` or a `thread_local!`.
/// - The reference is not `Send`, so no other thread and no handler can get it.
/// - There is no second one: a server answers requests, a server has services, and services were opened with the
///   console. So it was taken before the first request came.
pub struct Console {
    _kept_out: NeverInARequest,
}

/// A pointer is neither `Send` nor `Sync`, and neither is a type that contains one.
struct NeverInARequest(PhantomData<*const ()>);

impl Console {
    /// Lends the console to `main`, before there is an async runtime: `Console::take(|console| …)`.
    ///
    /// # Errors
    /// [`ConsoleTaken`] for every call but the first of the process, and on a runtime's thread.
    pub fn take<R>(main: impl FnOnce(&Self) -> R) -> Result<R, ConsoleTaken> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(ConsoleTaken::InARuntime);
        }
        if TAKEN.swap(true, Ordering::SeqCst) {
            return Err(ConsoleTaken::Before);
        }
        Ok(main(&Self::new()))
    }

    /// A console for a test, which has no `main`.
    #[cfg(any(test, feature = "test-clock"))]
    pub fn for_tests() -> Self {
        Self::new()
    }

    fn new() -> Self {
        Self { _kept_out: NeverInARequest(PhantomData) }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

/// Why the console is not available.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleTaken {
    /// It was already taken.
    #[error(
        "the console of this process was already taken: it is lent once, to `main`. Pass the reference on from there; \
         code that serves a request can never get it"
    )]
    Before,
    /// The thread belongs to a runtime, and may be answering a request.
    #[error(
        "take the console before there is an async runtime: call `Console::take` in a `main` that is not `async`, and \
         build the runtime inside"
    )]
    InARuntime,
}

/// The text that `main` prints when it returns this.
impl fmt::Debug for ConsoleTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The operator: command line and start, never a request.
///
/// Only [`act`](Operator::act) creates one, from the [`Console`], and logs the act. It lives no longer than the
/// console is lent and is not `Send`: no handler can get one or create one.
#[derive(Debug)]
pub struct Operator<'c> {
    console: &'c Console,
    act: &'static str,
}

impl<'c> Operator<'c> {
    /// Begins an act of the operator; `act` names it, for the log and the audit.
    pub fn act(console: &'c Console, act: &'static str) -> Self {
        tracing::info!(act, "the operator acts");
        Self { console, act }
    }

    /// An operator for a test, which has no `main`.
    #[cfg(any(test, feature = "test-clock"))]
    pub fn for_tests(act: &'static str) -> Operator<'static> {
        Operator::act(Box::leak(Box::new(Console::for_tests())), act)
    }

    /// The current act.
    pub fn name(&self) -> &'static str {
        self.act
    }

    /// The console of the operator, for code that also has to open something for this act.
    pub fn console(&self) -> &'c Console {
        self.console
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because the process has one console.
    #[test]
    fn a_console_is_lent_once_and_never_where_a_request_could_be() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let taken = || Console::take(|_| ()).err();
        assert_eq!(runtime.block_on(async { taken() }), Some(ConsoleTaken::InARuntime));
        let blocking = runtime.spawn(async move { tokio::task::spawn_blocking(taken).await });
        assert_eq!(runtime.block_on(blocking).unwrap().unwrap(), Some(ConsoleTaken::InARuntime));

        let acted = Console::take(|console| {
            let operator = Operator::act(console, "a test");
            assert_eq!((operator.name(), taken()), ("a test", Some(ConsoleTaken::Before)));
            std::thread::spawn(taken).join().unwrap()
        });
        assert_eq!(acted, Ok(Some(ConsoleTaken::Before)));
        assert_eq!(taken(), Some(ConsoleTaken::Before), "it does not come back when `main` has ended");
    }
}
