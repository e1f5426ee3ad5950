//! What the configuration has to say about values.

/// The rules of an input that the configuration decides.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The least number of code points of a password that is being chosen: 8–64.
    pub password_min_length: usize,
    /// The product's name, which no password may contain.
    pub product_name: String,
}
