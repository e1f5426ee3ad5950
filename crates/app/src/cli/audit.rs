//! `palisade audit`: who did what.

use palisade_core::output::View as _;
use std::time::Duration;

use palisade_core::identity::{Operator, UserId};
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_core::utils::pagination::PageRequest;
use palisade_core::values::{Field as _, Id as _};
use palisade_modules::Services;
use palisade_modules::audit::types::EventType;

use super::admin::said;
use super::context::{Failure, Invocation, runtime};
use super::keys::opened;
use super::terminal;
use super::user::parse;

/// How often an export says how far it is.
const SAID_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Subcommand)]
pub(super) enum AuditCommand {
    /// Print events as JSON, one a line, the newest first: all that are kept, or those that the options name.
    Export {
        /// Only what happened to this user: an address, or an id, also of a user who was removed.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<String>,
        /// Only events of this type, such as user.role_changed.
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
    },
}

pub(super) fn run(given: &Invocation<'_>, command: AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Export { user, kind } = command;
    let kind = kind.map(EventType::from_text).transpose();
    let kind = kind.map_err(|violation| format!("--type {}", violation.message))?;
    runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "audit export");
        let user = match user {
            Some(text) => Some(find(&services, &operator, &text).await?),
            None => None,
        };
        export(&services, &operator, (user, kind)).await
    })
}

pub(super) async fn find(
    services: &Services,
    operator: &Operator<'_>,
    text: &str,
) -> Result<UserId, Failure> {
    if let Some(id) = UserId::parse(text) {
        return Ok(id);
    }
    let found = services.auth.administration.show(operator, &parse(text)?).await;
    Ok(found.map_err(|error| said(&error))?.view.id)
}

async fn export(
    services: &Services,
    operator: &Operator<'_>,
    filter: (Option<UserId>, Option<EventType>),
) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let (mut page, mut exported, mut said_at) = (PageRequest::largest(), 0_usize, clock.monotonic());
    loop {
        let events = services.audit.export(operator, filter, &page).await.map_err(|error| said(&error))?;
        exported += events.items.len();
        let lines: String = events.items.iter().map(|event| event.to_json() + "\n").collect();
        let is_read = terminal::print_on(&lines)?;
        let Some(next) = events.next.filter(|_| is_read) else { return Ok(()) };
        page = PageRequest::new(events.limit, Some(next));
        let now = clock.monotonic();
        if now.saturating_sub(said_at) >= SAID_EVERY {
            said_at = now;
            drop(terminal::mention(format!("exported {exported} events")));
        }
    }
}
