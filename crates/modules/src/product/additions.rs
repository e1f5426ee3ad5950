//! The additions of a product to the domain.

use palisade_lib::store::CollectionDef;

/// The collections of a product: `collections![Note]` of `palisade_lib`.
pub type Collections = &'static [&'static CollectionDef];

/// What a product adds to the domain. Every command has it, because it decides what the store consists of.
#[derive(Clone, Copy, Debug)]
pub struct Additions {
    /// Its collections, in the store of Palisade.
    pub collections: Collections,
}

impl Additions {
    /// Palisade alone.
    pub const NONE: Self = Self { collections: &[] };
}
