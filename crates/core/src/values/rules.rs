//! The configured rules of values.

/// The rules of an input that depend on the configuration.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The minimum number of code points of a new password: 8–64.
    pub password_min_length: usize,
    /// The product's name, which no password may contain.
    pub product_name: String,
    /// The permissions that a user can be given: those of the server, and none outside of one.
    pub permissions: Vec<&'static str>,
}
