//! The additions of a product to the domain.

use palisade_lib::store::CollectionDef;

use super::grant::{Grant, Rights};

/// The collections of a product: `collections![Note]` of `palisade_lib`.
pub type Collections = &'static [&'static CollectionDef];

/// What a product adds to the domain. Every command has it, because it decides what the store consists of.
#[derive(Clone, Copy, Debug)]
pub struct Additions {
    /// Its collections, in the store of Palisade.
    pub collections: Collections,
    /// Its permissions, and who has them.
    pub grants: &'static [Grant],
}

impl Additions {
    /// Palisade alone.
    pub const NONE: Self = Self { collections: &[], grants: &[] };

    /// Every permission, and who has it.
    pub fn rights(&self) -> Rights {
        Rights::with(self.grants)
    }

    /// What is wrong with them, each as a sentence.
    pub fn mistakes(&self) -> Vec<String> {
        self.rights().mistakes()
    }
}
