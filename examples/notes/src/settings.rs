//! The settings of the product.

use palisade_core::config::values::{Count, Period};

palisade_core::settings! {
    /// The settings of notes.
    pub struct NotesSettings in "Notes" {
        /// How many notes a user can have.
        notes_max: Count<1, 100_000> = NOTES_MAX default("1000");
        /// How long a note is kept that nobody has pinned.
        notes_kept: Period<86_400, 315_360_000> = NOTES_KEPT default("365d");
        /// In how many places a user can listen to their notes at once.
        notes_listeners: Count<1, 10_000> = NOTES_LISTENERS default("5");
    }
}
