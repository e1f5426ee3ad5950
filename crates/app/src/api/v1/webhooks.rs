//! `/webhooks`: the receivers that events are posted to.

pub(crate) mod deliveries;
pub(crate) mod replay;
pub(crate) mod rotate_secret;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{Granted, GrantedInPerson};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Created, Empty, Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::permissions::WebhookManage;
use palisade_modules::user::types::REVISION_MISMATCH;
use palisade_modules::webhook::Service;
use palisade_modules::webhook::types::{
    ChangeWebhook, CreateWebhook, ListWebhooks, TOO_MANY_WEBHOOKS, WEBHOOK_OF_ENVIRONMENT, WebhookPath,
    WebhookReportView, WebhookSecretView, WebhookView,
};

const CREATING: &[&Code] = &[&TOO_MANY_WEBHOOKS];
const SHOWING: &[&Code] = &[&codes::NOT_FOUND];
const CHANGING: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH, &WEBHOOK_OF_ENVIRONMENT];
const DELETING: &[&Code] = &[&codes::NOT_FOUND, &WEBHOOK_OF_ENVIRONMENT];

pub(crate) fn declare_list(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<WebhookManage>()
        .input::<ListWebhooks>()
        .handle(list)
        .summary("Webhooks, newest first.")
}

pub(crate) fn declare_create(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires_in_person::<WebhookManage>()
        .input::<CreateWebhook>()
        .handle(create)
        .summary("Create a webhook, which gets the events from now on. Only this answer has its secret.")
        .errors(CREATING)
}

pub(crate) fn declare_show(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<WebhookManage>()
        .input::<WebhookPath>()
        .handle(show)
        .summary("A webhook, and whether events arrive.")
        .errors(SHOWING)
}

pub(crate) fn declare_change(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires_in_person::<WebhookManage>()
        .input::<ChangeWebhook>()
        .handle(change)
        .summary("Change the address or the events of a webhook, or disable it. What happens while it is disabled is sent later.")
        .errors(CHANGING)
}

pub(crate) fn declare_delete(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires_in_person::<WebhookManage>()
        .input::<WebhookPath>()
        .handle(delete)
        .summary("Delete a webhook: nothing is sent from now on.")
        .errors(DELETING)
}

async fn list(
    webhooks: Service,
    by: Granted<WebhookManage>,
    input: ListWebhooks,
) -> Result<Paginated<WebhookView>, AppError> {
    let page = webhooks.list(by, input).await?;
    Ok(Paginated::new(page))
}

async fn create(
    webhooks: Service,
    by: GrantedInPerson<WebhookManage>,
    input: CreateWebhook,
) -> Result<Created<WebhookSecretView>, AppError> {
    let created = webhooks.create(by, input).await?;
    Ok(Created::new(created))
}

async fn show(
    webhooks: Service,
    by: Granted<WebhookManage>,
    input: WebhookPath,
) -> Result<Success<WebhookReportView>, AppError> {
    let report = webhooks.show(by, input).await?;
    Ok(Success::new(report))
}

async fn change(
    webhooks: Service,
    by: GrantedInPerson<WebhookManage>,
    input: ChangeWebhook,
) -> Result<Success<WebhookView>, AppError> {
    let changed = webhooks.change(by, input).await?;
    Ok(Success::new(changed))
}

async fn delete(
    webhooks: Service,
    by: GrantedInPerson<WebhookManage>,
    input: WebhookPath,
) -> Result<Success<Empty>, AppError> {
    webhooks.delete(by, input).await?;
    Ok(Success::new(Empty {}))
}
