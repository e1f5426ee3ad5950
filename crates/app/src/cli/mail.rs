//! `palisade mail`: test mails, and the outbox.

use std::fmt::Write as _;

use palisade_core::identity::Operator;
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Cursor, PageRequest, PageSize};
use palisade_core::values::{Field as _, counted};
use palisade_modules::mail::{self, OutboxState, types::OutboxEntry};
use palisade_modules::user::types::Email;

use super::admin::said;
use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::keys::opened;
use super::terminal;

#[derive(Debug, clap::Subcommand)]
pub(super) enum MailCommand {
    /// Send a mail now, without the outbox, and print the server's answer.
    Test {
        /// The recipient.
        #[arg(long, value_name = "E")]
        to: String,
    },
    /// List the outbox: waiting mails and given-up ones, with the reasons.
    List {
        /// Only mails in this state; by default, waiting and given-up ones.
        #[arg(long)]
        state: Option<State>,
        /// How many mails of each state, 1 to 100.
        #[arg(long, value_name = "N", default_value = "20")]
        limit: String,
        /// Continue after a page of the same state, as its last line says.
        #[arg(long, value_name = "CURSOR", requires = "state")]
        after: Option<String>,
        /// Also show the recipients: personal data, sealed otherwise.
        #[arg(long)]
        show_recipients: bool,
    },
    /// Try a mail again now, even if it was given up.
    Retry {
        /// The id from `mail list`.
        #[arg(value_name = "ID", required_unless_present = "all")]
        id: Option<String>,
        /// All waiting and all given-up mails.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Drop a mail: nobody gets it.
    Drop {
        /// The id from `mail list`.
        #[arg(value_name = "ID")]
        id: String,
        /// Confirm the cost.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum State {
    Intended,
    Composed,
    Failed,
    Sent,
    Dropped,
}

impl State {
    const fn asked(self) -> OutboxState {
        match self {
            Self::Intended => OutboxState::Intended,
            Self::Composed => OutboxState::Composed,
            Self::Failed => OutboxState::Failed,
            Self::Sent => OutboxState::Sent,
            Self::Dropped => OutboxState::Dropped,
        }
    }
}

pub(super) fn run(given: &Invocation<'_>, command: MailCommand) -> Result<(), Failure> {
    match command {
        MailCommand::Test { to } => test(given, &to),
        MailCommand::List { state, limit, after, show_recipients } => {
            let limit =
                PageSize::from_text(limit).map_err(|violation| format!("--limit {}", violation.message))?;
            let after = after.map(Cursor::from_text).transpose();
            let after = after.map_err(|violation| format!("--after {}", violation.message))?;
            list(given, state.map(State::asked), &PageRequest::new(limit, after), show_recipients)
        }
        MailCommand::Retry { id: Some(id), all: _ } => retry(given, &id),
        MailCommand::Retry { id: None, all: _ } => retry_all(given),
        MailCommand::Drop { id, yes } => discard(given, &id, yes),
    }
}

fn test(given: &Invocation<'_>, to: &str) -> Result<(), Failure> {
    let to = Email::parse(to).map_err(|violation| format!("--to {}", violation.message))?;
    let config = given.load_read_only()?;
    let sent = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "mail test");
        mail::send_test(&operator, &config, &given.system(), to.clone()).await
    });
    let id = sent?;
    terminal::print(&format!(
        "The mail server accepted a mail to {} (message {id}). Check the mailbox, and its spam folder, to see whether it \
         arrives.\n",
        to.as_str()
    ))
}

fn list(
    given: &Invocation<'_>,
    state: Option<OutboxState>,
    page: &PageRequest,
    show: bool,
) -> Result<(), Failure> {
    let states = match state {
        Some(state) => vec![state],
        None => vec![OutboxState::Composed, OutboxState::Intended, OutboxState::Failed],
    };
    let (mut rows, mut more) = (Vec::new(), String::new());
    runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "mail list");
        for state in states {
            let found =
                services.mails.outbox(&operator, state, page, show).await.map_err(|error| said(&error))?;
            let name = format!("{state:?}").to_lowercase();
            if let Some(next) = &found.next {
                writeln!(more, "More: palisade mail list --state {name} --after {}", next.as_str())?;
            }
            rows.extend(found.items.iter().map(row));
        }
        Ok::<_, Failure>(())
    })?;
    if rows.is_empty() {
        return terminal::print(nothing(state, page));
    }
    let header =
        ["ID", "PURPOSE", "STATE", "ATTEMPTS", "AGE", "DUE IN", "TO", "LAST REASON"].map(str::to_owned);
    let mut table = table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())?;
    if !more.is_empty() {
        table.extend(["\n", &more]);
    }
    terminal::print(&table)
}

/// The text of a list without a mail.
fn nothing(state: Option<OutboxState>, page: &PageRequest) -> &'static str {
    match state {
        _ if page.cursor().is_some() => "There are no more mails in this state.\n",
        Some(_) => "No mail in the outbox is in this state.\n",
        None => "The outbox is empty: no mail waits, and none was given up.\n",
    }
}

fn row(mail: &OutboxEntry) -> [String; 8] {
    let now = SystemClock::new().now();
    let none = || "-".to_owned();
    let waits = matches!(mail.state.as_str(), "intended" | "composed");
    [
        mail.id.clone(),
        mail.purpose.clone(),
        mail.state.clone(),
        mail.attempts.to_string(),
        span(mail.intended_at, now),
        if waits { span(now, mail.due_at) } else { none() },
        mail.to.clone().unwrap_or_else(none),
        mail.reason.clone().unwrap_or_else(none),
    ]
}

/// The time between two moments, in a suitable unit: `45s`, `12m`, `7h`, `3d`.
fn span(from: Timestamp, to: Timestamp) -> String {
    match to.since(from).as_secs() {
        secs @ ..=119 => format!("{secs}s"),
        secs @ ..=7_199 => format!("{}m", secs / 60),
        secs @ ..=172_799 => format!("{}h", secs / 3_600),
        secs => format!("{}d", secs / 86_400),
    }
}

fn retry(given: &Invocation<'_>, id: &str) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "mail retry");
        services.mails.retry(&operator, id).await.map_err(Failure::from)
    })?;
    terminal::print("It is due now: a running server sends it within a second.\n")
}

fn retry_all(given: &Invocation<'_>) -> Result<(), Failure> {
    let (due, worthless) = runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "mail retry --all");
        services.mails.retry_all(&operator).await.map_err(|error| said(&error))
    })?;
    let mut text = format!(
        "Due now: {}. A running server sends due mails within seconds.\n",
        counted(due, "mail", "mails")
    );
    if worthless > 0 {
        let mails = counted(worthless, "mail", "mails");
        writeln!(text, "Given up for good: {mails} with links that have expired or that cannot be opened.")?;
    }
    terminal::print(&text)
}

fn discard(given: &Invocation<'_>, id: &str, yes: bool) -> Result<(), Failure> {
    let runtime = runtime()?;
    let services = runtime.block_on(async {
        let services = opened(given).await?;
        // No confirmation for something that cannot be done.
        let operator = Operator::act(given.console, "mail drop");
        services.mails.can_discard(&operator, id).await?;
        Ok::<_, Failure>(services)
    })?;
    terminal::confirm(
        "Nobody will get this mail; this cannot be undone. If it is being delivered at this moment, it may still\n\
         arrive.",
        yes,
    )?;
    runtime.block_on(async {
        let operator = Operator::act(given.console, "mail drop");
        services.mails.discard(&operator, id).await.map_err(Failure::from)
    })?;
    terminal::print("It was dropped.\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_span_is_told_in_the_unit_that_fits() {
        let now = Timestamp::from_secs(1_700_000_000);
        for (secs, told) in [(0, "0s"), (119, "119s"), (120, "2m"), (7_200, "2h"), (172_800, "2d")] {
            assert_eq!(span(now, now.plus(Duration::from_secs(secs))), told);
        }
        assert_eq!(span(now.plus(Duration::from_secs(5)), now), "0s", "what was due is due");
    }
}
