//! How a run begins, and how it ends.

/// Who starts a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The server, when it is due.
    WhenDue,
    /// A scheduler, now.
    Now,
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything is done.
    Done,
    /// There is more to do.
    More,
    /// It failed.
    Failed,
    /// The process stops: another instance may begin at once.
    Stopped,
}
