//! `/webhooks/{id}/rotate-secret`: another secret, beside the earlier one for a day.

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::GrantedInPerson;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::permissions::WebhookManage;
use palisade_modules::webhook::Service;
use palisade_modules::webhook::types::{WEBHOOK_OF_ENVIRONMENT, WebhookPath, WebhookSecretView};

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &WEBHOOK_OF_ENVIRONMENT];

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires_in_person::<WebhookManage>()
        .input::<WebhookPath>()
        .handle(rotate)
        .summary("Give a webhook another secret. Events are signed with both for a day.")
        .errors(ERRORS)
}

async fn rotate(
    webhooks: Service,
    by: GrantedInPerson<WebhookManage>,
    input: WebhookPath,
) -> Result<Success<WebhookSecretView>, AppError> {
    let rotated = webhooks.rotate_secret(by, input).await?;
    Ok(Success::new(rotated))
}
