//! `/events`: what happened, for other systems that follow it.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::limits::NORMAL;
use palisade_core::output::Paginated;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::audit::Service;
use palisade_modules::audit::types::{EventView, ReadEvents};
use palisade_modules::permissions::AuditRead;

pub(crate) fn declare_list(route: NewRoute) -> Route<Service> {
    route.limit(NORMAL).requires::<AuditRead>().key().input::<ReadEvents>().handle(list).summary(
        "What happened, the oldest first. Come back with `nextCursor` as `after`: it stays valid, and no event is missed or \
         repeated. Events appear within ten seconds after they happened.",
    )
}

async fn list(
    audit: Service,
    by: Granted<AuditRead>,
    input: ReadEvents,
) -> Result<Paginated<EventView>, AppError> {
    let events = audit.feed(by, input).await?;
    Ok(Paginated::new(events))
}
