//! What comes of bringing documents to their newest version.

/// The result of one step of a rewrite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The start of the next step: after this id. `None` at the end.
    pub next: Option<String>,
    /// How many documents were looked at, at most [`WALK_STEP`](super::WALK_STEP).
    pub examined: usize,
    /// The number of them that were rewritten in the newest version.
    pub rewritten: usize,
}
