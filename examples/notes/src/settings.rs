//! The settings of the product.

use palisade_core::config::values::Count;

palisade_core::settings! {
    /// The settings of notes.
    pub struct NotesSettings in "Notes" {
        /// How many notes a user can have.
        notes_max: Count<1, 100_000> = NOTES_MAX default("1000");
    }
}
