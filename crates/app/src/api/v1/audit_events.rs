//! `/audit-events`: who did what.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::limits::NORMAL;
use palisade_core::output::Paginated;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::audit::Service;
use palisade_modules::audit::types::{AuditEventView, ListAuditEvents};
use palisade_modules::permissions::AuditRead;

pub(crate) fn declare_list(route: NewRoute) -> Route<Service> {
    route.limit(NORMAL).requires::<AuditRead>().key().input::<ListAuditEvents>().handle(list).summary(
        "Who did what, newest first: all, of one type, about the user `userId`, or what the user `actorId` did to others.",
    )
}

async fn list(
    audit: Service,
    by: Granted<AuditRead>,
    input: ListAuditEvents,
) -> Result<Paginated<AuditEventView>, AppError> {
    let events = audit.list(by, input).await?;
    Ok(Paginated::new(events))
}
