//! Worlds of a product that is built on Palisade.

use palisade::Product;
use palisade_modules::Upkeep;

use super::settings::generous;
use super::{Kept, World, clock, upkeep};

impl World {
    /// A development server of this product with generous limits and these variables.
    pub async fn of(product: &'static Product, variables: &[(&str, &str)]) -> Self {
        Self::of_within(product, Kept::new(), variables).await
    }

    /// The same over an existing or new database.
    pub async fn of_within(product: &'static Product, kept: Kept, variables: &[(&str, &str)]) -> Self {
        let variables = generous(variables);
        Self::open_product((product, kept), clock(), 4, &variables, upkeep(), |mount| mount).await
    }

    /// The same where the host may suspend the process: it does nothing by itself.
    pub async fn of_suspended(product: &'static Product, variables: &[(&str, &str)]) -> Self {
        let variables = generous(variables);
        let program = (product, Kept::new());
        Self::open_product(program, clock(), 4, &variables, Upkeep::OnDemand, |mount| mount).await
    }
}
