//! A code of the catalogue has an error's status.

palisade_core::error_codes! {
    /// The codes of a module.
    pub CATALOGUE;

    TEAPOT = 200, "I am a teapot", "Never.";
}
