//! Settings are a list of declarations, each with a comment before it and a semicolon after it.

palisade_core::settings! {
    /// The settings of a shop.
    pub struct ShopSettings in "Shop" {
        /// How many copies one order can have.
        order_copies: palisade_core::config::values::Count<1, 1_000> = SHOP_ORDER_COPIES default("10"),
    }
}
