//! `palisade api-keys`: operator tasks on API keys.

use palisade_core::identity::{ApiKeyId, Operator};
use palisade_core::output::View as _;
use palisade_core::utils::pagination::PageRequest;
use palisade_core::values::Id as _;
use palisade_modules::auth::types::api_keys::ApiKeyView;

use super::admin::said;
use super::audit::find;
use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::keys::opened;
use super::terminal;

#[derive(Debug, clap::Subcommand)]
pub(super) enum ApiKeysCommand {
    /// List API keys, the newest first: everybody's, or those of one user.
    List {
        /// Only those of this user: an address, or an id.
        #[arg(long, value_name = "EMAIL|ID")]
        user: Option<String>,
        /// Print each key as a JSON object, one a line.
        #[arg(long)]
        json: bool,
    },
    /// Revoke an API key. It stops working at once, on every server.
    Revoke {
        /// The id from `api-keys list`: the first 36 characters of a key.
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub(super) fn run(given: &Invocation<'_>, command: ApiKeysCommand) -> Result<(), Failure> {
    runtime()?.block_on(async {
        match command {
            ApiKeysCommand::List { user, json } => list(given, user, json).await,
            ApiKeysCommand::Revoke { id } => revoke(given, &id).await,
        }
    })
}

async fn list(given: &Invocation<'_>, user: Option<String>, json: bool) -> Result<(), Failure> {
    let services = opened(given).await?;
    let operator = Operator::act(given.console, "api-keys list");
    let owner = match user {
        Some(text) => Some(find(&services, &operator, &text).await?),
        None => None,
    };
    let (mut page, mut keys) = (PageRequest::largest(), Vec::new());
    loop {
        let read = services.auth.api_keys.list_as_operator(&operator, owner, &page).await;
        let read = read.map_err(|error| said(&error))?;
        keys.extend(read.items);
        let Some(next) = read.next else { break };
        page = PageRequest::new(read.limit, Some(next));
    }
    if json {
        return terminal::print(&keys.iter().map(|key| key.to_json() + "\n").collect::<String>());
    }
    let header = ["ID", "OWNER", "NAME", "PERMISSIONS", "CREATED", "EXPIRES", "LAST USED"].map(str::to_owned);
    let rows: Vec<[String; 7]> = std::iter::once(header).chain(keys.iter().map(row)).collect();
    terminal::print(&table(&rows)?)
}

fn row(key: &ApiKeyView) -> [String; 7] {
    [
        key.id.to_string(),
        key.user_id.to_string(),
        key.name.as_str().to_owned(),
        key.permissions.to_string(),
        key.created_at.to_string(),
        key.expires_at.to_string(),
        key.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
    ]
}

async fn revoke(given: &Invocation<'_>, id: &str) -> Result<(), Failure> {
    let id = ApiKeyId::parse(id).ok_or("ID must be the id of an API key: psk_ and 32 digits")?;
    let services = opened(given).await?;
    let operator = Operator::act(given.console, "api-keys revoke");
    let revoked = services.auth.api_keys.revoke_as_operator(&operator, id).await;
    revoked.map_err(|error| said(&error))?;
    terminal::print(&format!("The API key {id} is revoked.\n"))
}
