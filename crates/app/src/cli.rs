//! The command line.

mod admin;
mod api_keys;
pub(crate) mod assembly;
mod audit;
pub(crate) mod context;
mod db;
mod describe;
mod documents;
mod invite;
mod keys;
mod mail;
mod manual;
mod new;
mod probe;
pub(crate) mod process;
mod progress;
mod scratch;
mod serve;
pub(crate) mod start;
mod terminal;
mod user;
mod webhooks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
pub use describe::info;
use palisade_core::config::Env;
use palisade_core::errors::with_causes;
use palisade_core::identity::Console;

use crate::product::Product;
use context::Invocation;

#[derive(Debug, Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
It is configured by its environment alone. `palisade check` shows every variable with the value in force.
With none set it serves for development on this machine, with its data in ./data.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to stop (the default command).
    Serve,
    /// Check the environment: print every value in force, or every mistake at once. Changes nothing.
    Check {
        /// Also test the store, its keys, the limiter and the mail server. The test data are removed again.
        #[arg(long)]
        connect: bool,
        /// Fail on warnings too.
        #[arg(long)]
        strict: bool,
    },
    /// List every route: method, path, limit, access.
    Routes,
    /// Print the OpenAPI document of this server.
    Openapi,
    /// Ask the server of this environment whether it is alive; for health checks in containers.
    Probe {
        /// Ask whether it is ready instead: alive, and its store answers.
        #[arg(long)]
        ready: bool,
    },
    /// Make super-admins.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Invite somebody to an account, with any role. A running server mails the link.
    Invite(invite::Invitation),
    /// Administer one user, by address.
    User {
        #[command(subcommand)]
        command: user::UserCommand,
    },
    /// List and revoke API keys.
    ApiKeys {
        #[command(subcommand)]
        command: api_keys::ApiKeysCommand,
    },
    /// Read the audit: who did what.
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    /// Manage keys: those of the deployment, and the secrets that seal them.
    Keys {
        #[command(subcommand)]
        command: keys::KeysCommand,
    },
    /// Manage mail.
    Mail {
        #[command(subcommand)]
        command: mail::MailCommand,
    },
    /// Look after webhooks: the receivers of events.
    Webhooks {
        #[command(subcommand)]
        command: webhooks::WebhooksCommand,
    },
    /// Manage the database: its state, its upkeep, its backups, its move to another one.
    Db {
        #[command(subcommand)]
        command: db::DbCommand,
    },
    /// Write the source of a product of your own, or of one more module of it.
    New {
        #[command(subcommand)]
        what: new::NewCommand,
    },
    /// Print the completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man {
        /// Write one page for the program and one for each command into this folder instead.
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Print a generated file of this repository.
    #[command(hide = true)]
    Generate {
        /// The file.
        what: documents::Generated,
    },
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make a super-admin. Without a password file, print a one-time setup link.
    Create {
        /// The address of the new super-admin.
        #[arg(long)]
        email: String,
        /// A file with the password; a final line break is ignored.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

/// Runs the given command of this product's program, for `main`:
/// `Console::take(|console| palisade::run(console, &PRODUCT))`.
pub fn run(console: &Console, product: &'static Product) -> ExitCode {
    let env = Env::process().of_product(product.variables());
    let given = &Invocation { console, env: &env, product };
    if let Err(failure) = given.judge() {
        return exit_code(product, &Err(failure));
    }
    let command = || {
        let help = AFTER_HELP.replace("palisade", product.program);
        Arguments::command().name(product.program).version(product.version).after_help(help)
    };
    let arguments =
        Arguments::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    let outcome = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(given),
        Command::Check { connect, strict } => describe::check(given, connect, strict),
        Command::Routes => describe::routes(given),
        Command::Openapi => describe::openapi(given),
        Command::Probe { ready } => probe::run(given, ready),
        Command::Admin { command: AdminCommand::Create { email, password_file } } => {
            admin::create(given, &email, password_file.as_deref())
        }
        Command::Invite(invitation) => invite::run(given, &invitation),
        Command::User { command } => user::run(given, &command),
        Command::ApiKeys { command } => api_keys::run(given, command),
        Command::Audit { command } => audit::run(given, command),
        Command::Keys { command } => keys::run(given, command),
        Command::Mail { command } => mail::run(given, command),
        Command::Webhooks { command } => webhooks::run(given, command),
        Command::Db { command } => db::run(given, command),
        Command::Completions { shell } => manual::completions(product, &command(), shell),
        Command::Man { to } => manual::pages(product, &command(), to.as_deref()),
        Command::New { what } => new::run(given, &what),
        Command::Generate { what } => documents::generate(given, what),
    };
    exit_code(product, &outcome)
}

/// The end of the process, with the error for the operator.
pub(crate) fn exit_code(product: &Product, outcome: &Result<(), context::Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&format!("{}: {}", product.program, with_causes(failure.as_ref())));
            ExitCode::FAILURE
        }
    }
}
