//! The result of upgrading documents to the newest version of their type.

/// The result of one step of a rewrite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The next step starts after this id. `None` at the end.
    pub next: Option<String>,
    /// The number of documents that were examined, at most [`WALK_STEP`](super::WALK_STEP).
    pub examined: usize,
    /// The number of them that were rewritten in the newest version.
    pub rewritten: usize,
}
