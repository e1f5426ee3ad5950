//! Worlds of a product that is built on Palisade.

use palisade::Product;

use super::{Kept, World, on_this_host};

impl World {
    /// A development server of this product with generous limits and these variables.
    pub async fn of(product: &'static Product, variables: &[(&str, &str)]) -> Self {
        Self::open(on_this_host(product).set(variables)).await
    }

    /// The same over an existing or new database.
    pub async fn of_within(product: &'static Product, kept: Kept, variables: &[(&str, &str)]) -> Self {
        Self::open(on_this_host(product).over(kept).set(variables)).await
    }

    /// The same where the host may suspend the process: it does nothing by itself.
    pub async fn of_suspended(product: &'static Product, variables: &[(&str, &str)]) -> Self {
        Self::open(on_this_host(product).set(variables).suspended()).await
    }
}
