//! The fields of an input are separated by commas, and its parts have one order.

palisade_core::text! { pub Title, 1..=100 characters, |text| Ok(text); }

palisade_core::input! {
    /// A book to write.
    pub struct WriteBook {
        body { title: Title subtitle: Option<Title> }
    }
}

palisade_core::input! {
    /// A book to find.
    pub struct FindBook {
        body { title: Title }
        query { subtitle: Option<Title> }
    }
}
