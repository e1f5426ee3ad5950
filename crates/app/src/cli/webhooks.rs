//! `palisade webhooks`: the receivers of events, and what did not arrive.

use palisade_core::identity::Operator;
use palisade_core::output::View as _;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::PageRequest;
use palisade_core::values::{Id as _, counted};
use palisade_modules::Services;
use palisade_modules::webhook::types::{DeliveryState, DeliveryView, WebhookId, WebhookReportView};

use super::admin::said;
use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::keys::{opened, seconds};
use super::terminal;

#[derive(Debug, clap::Subcommand)]
pub(super) enum WebhooksCommand {
    /// List the webhooks, and whether events arrive.
    List {
        /// Print each as one JSON object, one a line.
        #[arg(long)]
        json: bool,
    },
    /// List the deliveries of a webhook that did not succeed at once.
    Deliveries {
        /// The id from `webhooks list`.
        #[arg(value_name = "ID")]
        id: String,
        /// Those that were given up, instead of those that wait.
        #[arg(long)]
        dead: bool,
        /// Print each as one JSON object, one a line.
        #[arg(long)]
        json: bool,
    },
    /// Try the deliveries of a webhook again that were given up, or send every event again.
    Replay {
        /// The id from `webhooks list`.
        #[arg(value_name = "ID")]
        id: String,
        /// Send every event again since this time, such as 2026-11-30T12:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
}

pub(super) fn run(given: &Invocation<'_>, command: WebhooksCommand) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let services = opened(given).await?;
        match command {
            WebhooksCommand::List { json } => {
                list(&services, &Operator::act(given.console, "webhooks list"), json).await
            }
            WebhooksCommand::Deliveries { id, dead, json } => {
                let state = if dead { DeliveryState::Dead } else { DeliveryState::Waiting };
                let operator = Operator::act(given.console, "webhooks deliveries");
                deliveries(&services, &operator, (parse(&id)?, state), json).await
            }
            WebhooksCommand::Replay { id, since } => {
                let since = since.map(|text| time(&text)).transpose()?;
                replay(&services, &Operator::act(given.console, "webhooks replay"), parse(&id)?, since).await
            }
        }
    })
}

fn parse(text: &str) -> Result<WebhookId, Failure> {
    WebhookId::parse(text)
        .ok_or_else(|| "ID must be the id of a webhook, as `palisade webhooks list` prints it".into())
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "--since must be a time such as 2026-11-30T12:00:00Z".into())
}

async fn list(services: &Services, operator: &Operator<'_>, json: bool) -> Result<(), Failure> {
    let webhooks = services.webhooks.list_as_operator(operator).await.map_err(|error| said(&error))?;
    if json {
        let lines: String = webhooks.iter().map(|webhook| webhook.to_json() + "\n").collect();
        return terminal::print(&lines);
    }
    if webhooks.is_empty() {
        return terminal::print("There are no webhooks.\n");
    }
    let header = ["ID", "RECEIVER", "STATE", "REACHED", "LAST REASON"].map(str::to_owned);
    terminal::print(&table(&std::iter::once(header).chain(webhooks.iter().map(row)).collect::<Vec<_>>())?)
}

fn row(WebhookReportView { webhook, status }: &WebhookReportView) -> [String; 5] {
    let none = || "-".to_owned();
    [
        webhook.id.to_string(),
        webhook.url.host(),
        status.state.to_string(),
        status.reached_at.map_or_else(none, seconds),
        status.reason.clone().unwrap_or_else(none),
    ]
}

async fn deliveries(
    services: &Services,
    operator: &Operator<'_>,
    of: (WebhookId, DeliveryState),
    json: bool,
) -> Result<(), Failure> {
    let (mut page, mut rows) = (PageRequest::largest(), Vec::new());
    loop {
        let found = services.webhooks.deliveries_as_operator(operator, of, &page).await;
        let found = found.map_err(|error| said(&error))?;
        if json {
            let lines: String = found.items.iter().map(|delivery| delivery.to_json() + "\n").collect();
            terminal::print(&lines)?;
        } else {
            rows.extend(found.items.iter().map(delivery_row));
        }
        let Some(next) = found.next else { break };
        page = PageRequest::new(found.limit, Some(next));
    }
    if json {
        return Ok(());
    }
    if rows.is_empty() {
        return terminal::print("There are none.\n");
    }
    let header = ["EVENT", "HAPPENED", "ATTEMPTS", "DUE", "LAST REASON"].map(str::to_owned);
    terminal::print(&table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())?)
}

fn delivery_row(delivery: &DeliveryView) -> [String; 5] {
    [
        delivery.event_id.to_string(),
        seconds(delivery.happened_at),
        delivery.attempts.to_string(),
        seconds(delivery.due_at),
        delivery.reason.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

async fn replay(
    services: &Services,
    operator: &Operator<'_>,
    id: WebhookId,
    since: Option<Timestamp>,
) -> Result<(), Failure> {
    let replayed = services.webhooks.replay_as_operator(operator, id, since).await;
    let text = match replayed.map_err(|error| said(&error))? {
        Some(deliveries) => {
            let deliveries = counted(u64::try_from(deliveries).unwrap_or(0), "delivery", "deliveries");
            format!("Due now: {deliveries}. A running server tries them within seconds.\n")
        }
        None => "A running server sends every event since that time again.\n".to_owned(),
    };
    terminal::print(&text)
}
