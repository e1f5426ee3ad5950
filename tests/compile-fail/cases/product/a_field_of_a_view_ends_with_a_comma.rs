//! The fields of a view are separated by commas, as in a struct.

palisade_core::view! {
    /// A book.
    pub struct BookView = "Book" {
        /// Its title.
        title: String
        /// The number of its pages.
        pages: i64,
    }
}
