//! `/webhooks/{id}/replay`: another try for what was given up.

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::permissions::WebhookManage;
use palisade_modules::webhook::Service;
use palisade_modules::webhook::types::{ReplayView, WebhookPath};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires_in_person::<WebhookManage>()
        .input::<WebhookPath>()
        .handle(replay)
        .summary("Try the deliveries again that were given up.")
        .errors(ERRORS)
}

async fn replay(
    webhooks: Service,
    by: GrantedInPerson<WebhookManage>,
    input: WebhookPath,
) -> Result<Success<ReplayView>, AppError> {
    let replayed = webhooks.replay(by, input).await?;
    Ok(Success::new(replayed))
}
