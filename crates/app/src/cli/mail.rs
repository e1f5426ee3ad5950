//! `palisade mail`: whether mail leaves.

use palisade_core::config::Env;
use palisade_core::identity::Operator;
use palisade_modules::mail;
use palisade_modules::user::types::Email;

use super::{Failure, look, runtime, system, terminal};

#[derive(Debug, clap::Subcommand)]
pub(super) enum MailCommand {
    /// Send a mail now, past the outbox, and say what the server answered.
    Test {
        /// Who gets it.
        #[arg(long, value_name = "E")]
        to: String,
    },
}

pub(super) fn run(env: &Env, command: MailCommand) -> Result<(), Failure> {
    let MailCommand::Test { to } = command;
    let to = Email::parse(&to).map_err(|violation| format!("--to {}", violation.message))?;
    let config = look(env)?;
    let sent = runtime()?.block_on(async {
        let operator = Operator::act("mail test");
        mail::send_test(&operator, &config, &system(), to.clone()).await
    });
    let id = sent?;
    terminal::print(&format!(
        "The mail server took a mail to {} (message {id}). Whether it arrives is seen in the mailbox, and in its spam \
         folder.\n",
        to.as_str()
    ))
}
