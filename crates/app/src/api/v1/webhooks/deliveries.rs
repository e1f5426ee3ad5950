//! `/webhooks/{id}/deliveries`: what did not arrive at once.

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::Granted;
use palisade_core::limits::NORMAL;
use palisade_core::output::Paginated;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::permissions::WebhookManage;
use palisade_modules::webhook::Service;
use palisade_modules::webhook::types::{DeliveryView, ListDeliveries};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<WebhookManage>()
        .input::<ListDeliveries>()
        .handle(list)
        .summary("Deliveries that did not succeed at once, oldest first: those that wait, or with `state=dead` those given up.")
        .errors(ERRORS)
}

async fn list(
    webhooks: Service,
    by: Granted<WebhookManage>,
    input: ListDeliveries,
) -> Result<Paginated<DeliveryView>, AppError> {
    let page = webhooks.deliveries(by, input).await?;
    Ok(Paginated::new(page))
}
