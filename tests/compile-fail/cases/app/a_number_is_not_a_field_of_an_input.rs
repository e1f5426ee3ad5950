//! A number has bounds: a bare `i64` has none.

palisade_core::input! {
    /// What to buy.
    pub struct Buy {
        body { copies: i64 }
    }
}
