//! What comes of bringing documents to their newest version.

/// What one step of a rewrite did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// Where the next step begins: behind this id. `None` at the end.
    pub next: Option<String>,
    /// How many documents were looked at, at most [`WALK_STEP`](super::WALK_STEP).
    pub examined: usize,
    /// How many of them were written in the newest version.
    pub rewritten: usize,
}
