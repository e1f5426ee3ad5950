//! The id of an account at a provider.

palisade_core::id! {
    /// An account at a provider through which a user signs in.
    pub IdentityId = "idn";
}
