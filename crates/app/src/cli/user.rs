//! `palisade user`: operator tasks on one user.

use palisade_core::identity::{Operator, UserId};
use palisade_core::values::{Field as _, Id as _};
use palisade_modules::auth::UserReport;
use palisade_modules::user::types::{Email, Role};

use super::admin::said;
use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::keys::opened;
use super::terminal;

#[derive(Debug, clap::Subcommand)]
pub(super) enum UserCommand {
    /// Show a user: role, permissions, status, sessions.
    Show(Whom),
    /// Suspend a user: every session ends, and they cannot sign in.
    Suspend(Whom),
    /// Let a suspended user sign in again.
    Reactivate(Whom),
    /// Restore a user who was deleted. Possible until DELETED_RETENTION has passed; sessions stay ended.
    Restore(Whom),
    /// Give a user another role. Sessions continue with the permissions of the new one.
    SetRole {
        #[command(flatten)]
        whom: Whom,
        /// user, support, admin or super_admin.
        role: String,
    },
    /// Print a one-time link with which a user chooses another password. It replaces one that was mailed.
    ResetLink {
        /// The address of the user.
        email: String,
    },
    /// End every session of a user.
    EndSessions(Whom),
    /// Print a copy of everything that is kept about a user as JSON, one record a line: account, sessions, providers, API keys,
    /// audit, and what the product keeps. Contains no secrets of the account. The audit records it.
    Export {
        /// The address of the user, or an id.
        #[arg(value_name = "EMAIL|ID")]
        user: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Whom {
    /// The address of the user.
    email: String,
    /// Print the user as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(given: &Invocation<'_>, command: &UserCommand) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let (act, whom) = match command {
            UserCommand::ResetLink { email } => return reset_link(given, email).await,
            UserCommand::Export { user } => return export(given, user).await,
            UserCommand::Show(whom) => ("user show", whom),
            UserCommand::Suspend(whom) => ("user suspend", whom),
            UserCommand::Reactivate(whom) => ("user reactivate", whom),
            UserCommand::Restore(whom) => ("user restore", whom),
            UserCommand::SetRole { whom, .. } => ("user set-role", whom),
            UserCommand::EndSessions(whom) => ("user end-sessions", whom),
        };
        let email = parse(&whom.email)?;
        let role = match command {
            UserCommand::SetRole { role, .. } => Some(parse_role(role)?),
            _ => None,
        };
        let services = opened(given).await?;
        let (users, operator) = (&services.auth.administration, Operator::act(given.console, act));
        let report = match (command, role) {
            (UserCommand::Suspend(_), _) => users.suspend(&operator, &email).await,
            (UserCommand::Reactivate(_), _) => users.reactivate(&operator, &email).await,
            (UserCommand::Restore(_), _) => users.restore(&operator, &email).await,
            (UserCommand::SetRole { .. }, Some(role)) => users.set_role(&operator, &email, role).await,
            (UserCommand::EndSessions(_), _) => users.end_sessions(&operator, &email).await,
            _ => users.show(&operator, &email).await,
        };
        let report = report.map_err(|error| said(&error))?;
        terminal::print(&if whom.json { report.to_json() + "\n" } else { shown(&report)? })
    })
}

async fn reset_link(given: &Invocation<'_>, email: &str) -> Result<(), Failure> {
    let email = parse(email)?;
    let life = given.load()?.auth.reset_ttl;
    let services = opened(given).await?;
    let operator = Operator::act(given.console, "user reset-link");
    let link = services.auth.administration.reset_link(&operator, &email).await;
    let link = link.map_err(|error| said(&error))?;
    terminal::print(&format!(
        "Whoever opens this link chooses the password of {}. It works once, within {life}:\n{link}\n",
        email.as_str()
    ))
}

async fn export(given: &Invocation<'_>, user: &str) -> Result<(), Failure> {
    let services = opened(given).await?;
    let (exports, operator) = (&services.auth.exports, Operator::act(given.console, "user export"));
    let user = match UserId::parse(user) {
        Some(id) => id,
        None => exports.find(&operator, &parse(user)?).await.map_err(|error| said(&error))?,
    };
    let mut export = exports.begin(&operator, user).await.map_err(|error| said(&error))?;
    while let Some(records) = export.next_page().await.map_err(|error| said(&error))? {
        let lines: String = records.into_iter().map(|record| record + "\n").collect();
        if !terminal::print_on(&lines)? {
            return Ok(());
        }
    }
    Ok(())
}

pub(super) fn parse(email: &str) -> Result<Email, Failure> {
    Email::parse(email).map_err(|violation| format!("EMAIL {}", violation.message).into())
}

fn parse_role(role: &str) -> Result<Role, Failure> {
    Role::from_text(role.to_owned()).map_err(|violation| format!("ROLE {}", violation.message).into())
}

fn shown(report: &UserReport) -> Result<String, Failure> {
    let UserReport { view, sessions, has_password, identities } = report;
    let explicit = if view.permissions.is_empty() { "none".to_owned() } else { view.permissions.join(" ") };
    table(&[
        ["id".to_owned(), view.id.to_string()],
        ["email".to_owned(), view.email.as_str().to_owned()],
        ["name".to_owned(), view.name.as_ref().map_or("none", |name| name.as_str()).to_owned()],
        ["role".to_owned(), view.role.to_string()],
        ["permissions beside it".to_owned(), explicit],
        ["status".to_owned(), view.status.to_string()],
        ["password".to_owned(), if *has_password { "yes" } else { "no" }.to_owned()],
        ["providers".to_owned(), through(identities)],
        ["sessions".to_owned(), sessions.to_string()],
        ["created".to_owned(), view.created_at.to_string()],
        ["changed".to_owned(), view.updated_at.to_string()],
        ["deleted".to_owned(), view.deleted_at.map_or_else(|| "no".to_owned(), |at| at.to_string())],
    ])
}

/// `google (ada@example.org), acme`, or `none`.
fn through(identities: &[(String, Option<String>)]) -> String {
    let named = |(provider, address): &(String, Option<String>)| match address {
        Some(address) => format!("{provider} ({address})"),
        None => provider.clone(),
    };
    let named: Vec<String> = identities.iter().map(named).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}
