//! `palisade keys`: the sealing secrets, and the keys that they seal.

use std::fmt::Write as _;

use clap::Subcommand;
use palisade_core::config::Config;
use palisade_core::identity::Operator;
use palisade_core::ports::{Clock as _, SystemClock, SystemRng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::token::KeyId;
use palisade_core::values::counted;
use palisade_modules::Services;
use palisade_modules::deployment::Service as Deployment;
use palisade_modules::keys::types::{KeySummary, SigningState};

use super::context::{Failure, Invocation, runtime};
use super::describe::table;
use super::terminal;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the keys of this deployment, with the secret that seals each, and the current signing key.
    List,
    /// Print a new entry for SECRET_KEYS. Changes nothing.
    New {
        /// Its id; the default is the current time.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
    },
    /// Publish the next signing key. It takes over by itself; nobody is signed out.
    Rotate,
    /// Reject a signing key that leaked, at once and everywhere. Nobody is signed out.
    Withdraw {
        /// `current`, or a name from `keys list`.
        #[arg(value_name = "KEY", allow_hyphen_values = true)]
        key: String,
    },
    /// Give up keys that no secret opens any more, and create new ones. This cannot be undone.
    Reset {
        /// Required: only lost keys are ever given up.
        #[arg(long, required = true)]
        lost: bool,
        /// Confirm the cost.
        #[arg(long)]
        yes: bool,
        /// The name of the database, if the command asks for it: while some key still opens, or a server may run.
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
}

pub(super) fn run(given: &Invocation<'_>, command: KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::List => list(given),
        KeysCommand::New { id } => new(id),
        KeysCommand::Rotate => rotate(given),
        KeysCommand::Withdraw { key } => withdraw(given, &key),
        KeysCommand::Reset { lost: _, yes, confirm } => reset(given, yes, confirm.as_deref()),
    }
}

fn list(given: &Invocation<'_>) -> Result<(), Failure> {
    let config = given.load_read_only()?;
    let keys = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "keys list");
        Deployment::open_existing(given.console, &config, &given.system()).await?.keys(&operator).await
    })?;
    let header = ["KEY", "STATE", "SEALED BY", "MADE", "SIGNS FROM", "SIGNS UNTIL"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(keys.iter().map(row)).collect();
    terminal::print(&format!("{}\n{}", table(&rows)?, secrets(&config, &keys)?))
}

fn row(key: &KeySummary) -> [String; 6] {
    let none = || "-".to_owned();
    let signing = key.signing.as_ref();
    [
        key.name.clone(),
        signing.map_or_else(none, |signing| signing.state.to_string()),
        key.sealed_by.clone().unwrap_or_else(|| "nothing: damaged".to_owned()),
        seconds(key.created_at),
        signing.map_or_else(none, |signing| seconds(signing.activates_at)),
        // A withdrawn key signs no more, whatever its state was.
        signing
            .filter(|signing| signing.state != SigningState::Withdrawn)
            .and_then(|signing| signing.retires_at)
            .map_or_else(none, seconds),
    ]
}

fn keys_in_words(number: usize) -> String {
    counted(number, "key", "keys")
}

/// What each secret is still needed for.
fn secrets(config: &Config, keys: &[KeySummary]) -> Result<String, Failure> {
    let sealed_by = |id: &str| keys.iter().filter(|key| key.sealed_by.as_deref() == Some(id)).count();
    let known: Vec<&str> = config.security.secret_keys.ids().collect();
    let mut text = String::new();
    for (position, id) in known.iter().enumerate() {
        match (sealed_by(id), position) {
            (0, 0) => writeln!(text, "SECRET_KEYS {id}: seals; the next start seals every key with it")?,
            (count, 0) => writeln!(text, "SECRET_KEYS {id}: seals, {} so far", keys_in_words(count))?,
            (0, _) => writeln!(text, "SECRET_KEYS {id}: no key needs it any more, you can remove it")?,
            (count, _) => writeln!(text, "SECRET_KEYS {id}: still needed for {}", keys_in_words(count))?,
        }
    }
    let mut missing: Vec<&str> = keys.iter().filter_map(|key| key.sealed_by.as_deref()).collect();
    missing.retain(|id| !known.contains(id));
    missing.sort_unstable();
    missing.dedup();
    for id in missing {
        writeln!(text, "SECRET_KEYS {id}: missing, and nothing else opens {}", keys_in_words(sealed_by(id)))?;
    }
    Ok(text)
}

fn new(id: Option<String>) -> Result<(), Failure> {
    let id = id.unwrap_or_else(|| {
        // 2026-11-22-1347
        let now = SystemClock::new().now().to_string().replace('T', "-").replace(':', "");
        now.chars().take(15).collect()
    });
    let entry = SecretKeys::new_entry(&SystemRng, &id);
    SecretKeys::parse(&entry).map_err(|error| format!("--id: {error}"))?;
    terminal::complain(
        "Put this in front of the current SECRET_KEYS, separated by a comma; the next start seals every key with it. With\n\
         several instances, put it last first, start them all, then move it to the front. It is shown only once.\n",
    );
    terminal::print(&format!("{}\n", entry.as_str()))
}

fn rotate(given: &Invocation<'_>) -> Result<(), Failure> {
    let successor = runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "keys rotate");
        services.keys.rotate(&operator).await.map_err(Failure::from)
    })?;
    terminal::print(&format!(
        "signing-{} is the next signing key.\nIt is published now and signs from {} on, when everybody who caches our \
         public keys has seen it. Nobody is signed out.\n",
        successor.kid,
        seconds(successor.activates_at)
    ))
}

fn withdraw(given: &Invocation<'_>, key: &str) -> Result<(), Failure> {
    let (kid, signer) = runtime()?.block_on(async {
        let services = opened(given).await?;
        let operator = Operator::act(given.console, "keys withdraw");
        let deployment = Deployment::open_existing(given.console, &given.load()?, &given.system()).await?;
        let kid = match key {
            "current" => signer(&deployment.keys(&operator).await?),
            name => KeyId::parse(name.strip_prefix("signing-").unwrap_or(name)),
        };
        let kid =
            kid.ok_or("KEY must be `current` or the name of a signing key from `palisade keys list`")?;
        services.auth.key_revocation.revoke(&operator, &kid).await?;
        let signer = signer(&deployment.keys(&operator).await?).ok_or("no key signs now")?;
        Ok::<_, Failure>((kid, signer))
    })?;
    terminal::print(&format!(
        "signing-{kid} is withdrawn: every server refuses its tokens within a second.\nsigning-{signer} signs now. Nobody \
         is signed out: browsers get another token by refreshing. Other programs that verify our tokens with\nour public keys \
         must fetch these again.\n",
    ))
}

/// The current signing key: the newest that may sign. Before the first one may, if it was created by a clock that
/// was ahead, the one that will be soonest, as in the server.
fn signer(keys: &[KeySummary]) -> Option<KeyId> {
    let state =
        |state| keys.iter().filter(move |key| key.signing.is_some_and(|signing| signing.state == state));
    let since = |key: &&KeySummary| key.signing.map(|signing| signing.activates_at);
    let current = state(SigningState::Current).max_by_key(since);
    let signer = current.or_else(|| state(SigningState::Next).min_by_key(since));
    KeyId::parse(signer?.name.strip_prefix("signing-")?)
}

fn reset(given: &Invocation<'_>, yes: bool, confirm: Option<&str>) -> Result<(), Failure> {
    let config = given.load_read_only()?;
    runtime()?.block_on(async {
        let operator = Operator::act(given.console, "keys reset --lost");
        let in_use = Deployment::is_in_use(&config).await?;
        let deployment = Deployment::open_existing(given.console, &config, &given.system()).await?;
        let lost = deployment.lost_keys(&operator).await?;
        if lost.is_empty() {
            return terminal::print("No key is lost; nothing was changed.\n");
        }
        let mut text = String::from("These keys cannot be used:\n");
        for key in &lost {
            writeln!(text, "  {key}\n    without it: {}", key.kind.cost())?;
        }
        text.push_str(
            "New keys will replace them; this cannot be undone. If you may still find a secret, add it to\n\
             SECRET_KEYS instead. Stop every server first: one that still has the old keys continues to use them.",
        );
        terminal::confirm(&text, yes)?;
        if let Some((name, why)) = deployment.doubts(&config, in_use).await? {
            terminal::confirm_by_name(why, &name, confirm)?;
        }
        let replaced = deployment.reset_lost_keys(&operator).await?;
        let names: Vec<&str> = replaced.iter().map(|key| key.name.as_str()).collect();
        terminal::print(&format!("Replaced: {}. Start the servers again.\n", names.join(", ")))
    })
}

/// The services of an existing deployment: a command on keys creates none.
pub(super) async fn opened(given: &Invocation<'_>) -> Result<Services, Failure> {
    drop(Deployment::open_existing(given.console, &given.load_read_only()?, &given.system()).await?);
    // On the heap: the future of opening is large, and every command that opens would carry it along.
    Ok(Box::pin(Services::open(given.console, &given.load()?, given.system())).await?)
}

/// `2026-11-22T13:47:03Z`
pub(super) fn seconds(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
}
