//! Every field is a type whose constructor is its rule: a bare `String` has none.

palisade_core::input! {
    /// Who signs in.
    pub struct Login {
        body { email: String }
    }
}
