//! The additions of a product to the domain.

use palisade_lib::store::CollectionDef;

use super::grant::{Grant, Rights};
use super::job::Job;
use super::mail::MailDef;

/// The collections of a product: `collections![Note]` of `palisade_lib`.
pub type Collections = &'static [&'static CollectionDef];

/// What a product adds to the domain. Every command has it, because it decides what the store consists of.
#[derive(Clone, Copy, Debug)]
pub struct Additions {
    /// Its collections, in the store of Palisade.
    pub collections: Collections,
    /// Its permissions, and who has them.
    pub grants: &'static [Grant],
    /// Its work beside the requests.
    pub jobs: &'static [Job],
    /// Its mails.
    pub mails: &'static [&'static MailDef],
}

impl Additions {
    /// Palisade alone.
    pub const NONE: Self = Self { collections: &[], grants: &[], jobs: &[], mails: &[] };

    /// Every permission, and who has it.
    pub fn rights(&self) -> Rights {
        Rights::with(self.grants)
    }
}
