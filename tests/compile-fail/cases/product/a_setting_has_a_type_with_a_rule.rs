//! A setting has a type whose constructor is its rule: a bare number has none.

palisade_core::settings! {
    /// The settings of notes.
    pub struct NotesSettings in "Notes" {
        /// How many notes a user can have.
        notes_max: u32 = NOTES_MAX default("1000");
    }
}
