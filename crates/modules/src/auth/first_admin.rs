//! The first administrator that the environment names: `ADMIN_EMAIL`, with or without `ADMIN_PASSWORD`.

use palisade_core::config::{Config, ConfigErrors, Mistake};
use palisade_core::values::Violation;

use crate::user::types::{Email, NewPassword, PasswordPolicy};

/// The named administrator. Both values follow the rules of accounts.
#[derive(Debug)]
pub struct FirstAdmin {
    email: Email,
    /// Without a password, the server mails a link to choose one.
    password: Option<NewPassword>,
}

impl FirstAdmin {
    /// Reads the settings; `None` if they name nobody.
    ///
    /// # Errors
    /// An address that nobody could register with, or a password that nobody could choose.
    pub fn named_by(config: &Config) -> Result<Option<Self>, ConfigErrors> {
        let Some(email) = &config.auth.admin_email else { return Ok(None) };
        let email = Email::parse(email.as_str()).map_err(|broken| mistake("ADMIN_EMAIL", &broken))?;
        let rules = config.rules();
        let password = config.auth.admin_password.as_ref().map(|text| {
            let password = NewPassword::chosen(text.expose().to_owned(), &rules)?;
            password
                .meets(&PasswordPolicy::new(rules.password_min_length, &rules.product_name), Some(&email))
                .map(|()| password)
        });
        let password = password.transpose().map_err(|broken| mistake("ADMIN_PASSWORD", &broken))?;
        Ok(Some(Self { email, password }))
    }

    pub(super) fn email(&self) -> &Email {
        &self.email
    }

    pub(super) fn password(&self) -> Option<&NewPassword> {
        self.password.as_ref()
    }
}

fn mistake(variable: &str, broken: &Violation) -> ConfigErrors {
    ConfigErrors::from(Mistake {
        variable: variable.to_owned(),
        problem: broken.message.to_string(),
        expected: "one that an account can have".to_owned(),
    })
}

/// The state of the first administrator after a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstAdminState {
    /// A super-admin exists.
    There,
    /// No super-admin exists, and the environment names nobody.
    Nobody,
    /// This start queued a link to choose a password.
    Invited,
    /// No super-admin exists, although an earlier start created or invited one: that happens only once.
    NamedBefore,
    /// No super-admin exists, and the address in the environment already has an account, which stays unchanged.
    Taken,
}

impl FirstAdminState {
    /// The advice for the operator while no super-admin exists: why, and how to create one. `None` if one exists.
    pub const fn advice(self) -> Option<&'static str> {
        match self {
            Self::There => None,
            Self::Nobody => Some(
                "there is no super-admin: `palisade admin create --email <address>` prints a link that creates one, and \
                 ADMIN_EMAIL makes the server mail such a link at its next start",
            ),
            Self::Invited => Some(
                "there is no super-admin yet: the server mails a link that creates one to ADMIN_EMAIL; it is valid for SETUP_TTL",
            ),
            Self::NamedBefore => Some(
                "there is no super-admin, and ADMIN_EMAIL has already been used, which happens only once: `palisade admin create \
                 --email <address>` prints a link that creates one",
            ),
            Self::Taken => Some(
                "there is no super-admin: ADMIN_EMAIL has an account already, which is left as it is; set another \
                 address, or use `palisade admin create --email <address>`",
            ),
        }
    }
}
