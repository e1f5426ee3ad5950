//! An administrator may act as a user with the permission: what is done in one's own name needs `.requires_in_person()`.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Success};
use palisade_core::routes::{Route, post};
use palisade_modules::permissions::WebhookManage;
use palisade_modules::webhook::Service;
use palisade_modules::webhook::types::WebhookPath;

pub fn declare() -> Route<Service> {
    post("/webhooks/{id}/gone").limit(NORMAL).requires::<WebhookManage>().input::<WebhookPath>().handle(delete)
}

async fn delete(webhooks: Service, by: Granted<WebhookManage>, input: WebhookPath) -> Result<Success<Empty>, AppError> {
    webhooks.delete(by, input).await?;
    Ok(Success::new(Empty {}))
}
