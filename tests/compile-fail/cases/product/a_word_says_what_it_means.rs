//! The documentation of a word is in the interface, so each has one.

palisade_core::string_enum! {
    pub Size {
        Small = "small",
        Large = "large",
    }
}
