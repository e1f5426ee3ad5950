//! Writes that cross from one module to another.

use palisade_lib::store::Batch;

/// Writes that the repository of one module has prepared for the repository of another, which commits them together with
/// its own, all or nothing. A service passes them on and can neither make, change nor commit them. The repository of a product does it like this:
/// `Batch::from(staged).insert(&id, document)`.
#[derive(Debug, Default)]
#[must_use = "nothing is written before a repository commits it"]
pub struct Staged(Batch);

impl Staged {
    /// These writes and those: all of them or none.
    pub fn and(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// Nothing to write.
    pub fn nothing() -> Self {
        Self::default()
    }
}

impl From<Batch> for Staged {
    fn from(batch: Batch) -> Self {
        Self(batch)
    }
}

impl From<Staged> for Batch {
    fn from(staged: Staged) -> Self {
        staged.0
    }
}
