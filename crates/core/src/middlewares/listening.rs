//! The seat of a listener: taken in the validation phase, and bound to the session that it was taken with.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use super::auth;
use crate::errors::AppError;
use crate::input::{Check, EventId, Listener, Room, Seat, last_event_id};
use crate::net::Sent;
use crate::request::RequestContext;
use crate::state::ServerState;
use crate::values::Violation;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Takes a seat for the caller.
///
/// # Errors
/// 400 for a malformed `Last-Event-ID`; 429 or 503 without a free seat.
pub(super) fn arrive(
    shared: &Arc<ServerState>,
    room: &Arc<Room>,
    headers: &HeaderMap,
    context: &RequestContext,
) -> Result<(Seat, Option<EventId>), AppError> {
    let last = match Sent::of(headers, &LAST_EVENT_ID) {
        // A browser whose last event had an empty id sends none.
        Sent::Absent | Sent::Once(b"") => None,
        Sent::Once(sent) => Some(last_event_id(sent).map_err(|detail| AppError::validation(vec![detail]))?),
        Sent::Several => {
            let twice = Violation::not_allowed("must be given only once").at("Last-Event-ID");
            return Err(AppError::validation(vec![twice]));
        }
    };
    let identified = context.key().or_else(|| context.user());
    let check = identified.as_ref().and_then(|_| checking(shared, headers, context));
    let listener = identified.map_or_else(|| Listener::Network(context.network()), Listener::Identified);
    Ok((room.take(listener, &shared.drain, check)?, last))
}

/// How to look at the session again: with the same credentials, as every request does.
fn checking(shared: &Arc<ServerState>, headers: &HeaderMap, context: &RequestContext) -> Option<Check> {
    let kept = Arc::new(auth::keep(headers, context)?);
    let shared = Arc::clone(shared);
    Some(Box::new(move || {
        let (shared, kept) = (Arc::clone(&shared), Arc::clone(&kept));
        Box::pin(async move { auth::is_still_valid(&shared, &kept).await })
    }))
}
