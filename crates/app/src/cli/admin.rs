//! `palisade admin`: operator tasks on accounts.

use std::path::Path;

use palisade_core::errors::AppError;
use palisade_core::identity::Operator;
use palisade_core::values::Rules;
use palisade_modules::Services;
use palisade_modules::user::types::{Email, NewPassword};

use super::context::{Failure, Invocation, runtime};
use super::terminal;

/// `palisade admin create`.
pub(super) fn create(
    given: &Invocation<'_>,
    email: &str,
    password_file: Option<&Path>,
) -> Result<(), Failure> {
    let email = Email::parse(email).map_err(|violation| format!("--email {}", violation.message))?;
    let config = given.load()?;
    let password = password_file.map(|path| read_password(path, &config.rules())).transpose()?;
    runtime()?.block_on(async {
        let services = Services::open(given.console, &config, given.system()).await?;
        let operator = Operator::act(given.console, "admin create");
        let Some(password) = password else {
            let link = services.auth.setup.link_for(&operator, email).await.map_err(|error| said(&error))?;
            return terminal::print(&format!(
                "Open this link to choose a password. It works once, within {}:\n{link}\n",
                config.auth.setup_ttl
            ));
        };
        let made = services.auth.setup.create_super_admin(&operator, email, password).await;
        let made = made.map_err(|error| said(&error))?;
        terminal::print(&format!("{} is a super-admin now.\n", made.email.as_str()))
    })
}

fn read_password(path: &Path, rules: &Rules) -> Result<NewPassword, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("reading {}: {error}", path.display()))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    NewPassword::chosen(text.to_owned(), rules)
        .map_err(|violation| format!("the password {}", violation.message).into())
}

/// The operator may also see the cause.
pub(super) fn said(error: &AppError) -> Failure {
    let details: Vec<String> =
        error.details().iter().map(|detail| format!("{} {}", detail.field, detail.message)).collect();
    let mut text = error.message().to_owned();
    for more in details.into_iter().chain(error.cause()) {
        text.push_str(": ");
        text.push_str(&more);
    }
    text.into()
}
