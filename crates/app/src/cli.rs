//! The command line.

mod admin;
mod describe;
mod serve;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
pub use describe::info;
use palisade_core::config::{Config, Env};
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_modules::System;

/// A backend foundation whose rules hold by construction.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve (what happens without a command).
    Serve,
    /// Check the environment, all mistakes at once, and start nothing.
    Check,
    /// List every route: method, path, limit, access.
    Routes,
    /// Print the OpenAPI document.
    Openapi,
    /// Make administrators.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Print a generated file of this repository.
    #[command(hide = true)]
    Generate {
        /// `env-example` or `configuration`.
        what: Generated,
    },
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make a super-admin. Without a password it prints a one-time setup link.
    Create {
        /// The address of the new super-admin.
        #[arg(long)]
        email: String,
        /// A file with the password; its last line break does not count.
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Generated {
    EnvExample,
    Configuration,
}

/// Why a command failed, in words for the operator.
type Failure = Box<dyn std::error::Error>;

/// Runs the command that was given.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&Env::process()),
        Command::Check => describe::check(&Env::process()),
        Command::Routes => describe::routes(&Env::process()),
        Command::Openapi => describe::openapi(&Env::process()),
        Command::Admin { command: AdminCommand::Create { email, password_file } } => {
            admin::create(&Env::process(), &email, password_file.as_deref())
        }
        Command::Generate { what: Generated::EnvExample } => {
            terminal::print(&palisade_core::config::render_env_example())
        }
        Command::Generate { what: Generated::Configuration } => {
            terminal::print(&palisade_core::config::render_markdown())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&format!("palisade: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn load(env: &Env) -> Result<Config, Failure> {
    Ok(Config::load(env, &SystemRng)?)
}

fn system() -> System {
    System { clock: Arc::new(SystemClock::new()), rng: Arc::new(SystemRng), hash_cost: None }
}

/// One thread for each core, and a few for what blocks.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("palisade").build()?)
}
