//! `palisade invite`: the operator invites somebody.

use palisade_core::identity::Operator;
use palisade_core::output::View as _;
use palisade_core::values::Field as _;
use palisade_modules::auth::types::invitations::InvitationView;
use palisade_modules::user::types::{Email, Name, Role};

use super::admin::said;
use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::keys::opened;
use super::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Invitation {
    /// The address to invite.
    email: String,
    /// user, support, admin or super_admin.
    #[arg(long, default_value = "user")]
    role: String,
    /// The name of the account, unless the invited person gives another one.
    #[arg(long)]
    name: Option<String>,
    /// Print the invitation as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(given: &Invocation<'_>, invitation: &Invitation) -> Result<(), Failure> {
    let email =
        Email::parse(&invitation.email).map_err(|violation| format!("EMAIL {}", violation.message))?;
    let role = Role::from_text(invitation.role.clone())
        .map_err(|violation| format!("--role {}", violation.message))?;
    let name = invitation.name.as_deref().map(Name::parse).transpose();
    let name = name.map_err(|violation| format!("--name {}", violation.message))?;
    runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "invite");
        let invited = services.auth.invitations.invite_as_operator(&operator, (email, name), role).await;
        let invited = invited.map_err(|error| said(&error))?;
        terminal::print(&if invitation.json { invited.to_json() + "\n" } else { shown(&invited)? })
    })
}

fn shown(view: &InvitationView) -> Result<String, Failure> {
    let rows = table(&[
        ["id".to_owned(), view.id.to_string()],
        ["email".to_owned(), view.email.as_str().to_owned()],
        ["name".to_owned(), view.name.as_ref().map_or("none", |name| name.as_str()).to_owned()],
        ["role".to_owned(), view.role.to_string()],
        ["expires".to_owned(), view.expires_at.to_string()],
    ])?;
    Ok(format!("{rows}A running server mails the link.\n"))
}
