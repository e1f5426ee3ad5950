//! A list has a greatest length: a bare `Vec` has none.

palisade_core::text! { pub Tag, 1..=20 characters, |text| Ok(text); }

palisade_core::input! {
    /// How a note is found.
    pub struct Label {
        body { tags: Vec<Tag> }
    }
}
