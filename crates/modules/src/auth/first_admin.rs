//! Whom the environment names as the first administrator: `ADMIN_EMAIL`, with `ADMIN_PASSWORD` or without.

use palisade_core::config::{Config, ConfigErrors, Mistake};
use palisade_core::values::Violation;

use crate::user::types::{Email, NewPassword, PasswordPolicy};

/// Whom the environment names. Both hold by the rules of accounts.
#[derive(Debug)]
pub struct FirstAdmin {
    email: Email,
    /// Without one a link to choose it is mailed.
    password: Option<NewPassword>,
}

impl FirstAdmin {
    /// Reads it; `None` where nobody is named.
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

/// What came of it at a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstAdminState {
    /// There is a super-admin.
    There,
    /// There is none, and the environment names nobody.
    Nobody,
    /// A link to choose a password was queued, now.
    Invited,
    /// There is none, although somebody was made or invited at an earlier start: that happens once.
    NamedBefore,
    /// There is none, and the address that the environment names has an account already, which is left as it is.
    Taken,
}

impl FirstAdminState {
    /// What an operator should know while there is no super-admin: why, and what makes one. `None` once there is one.
    pub const fn advice(self) -> Option<&'static str> {
        match self {
            Self::There => None,
            Self::Nobody => Some(
                "there is no super-admin: `palisade admin create --email <address>` prints a link that makes one, and \
                 ADMIN_EMAIL has the server mail such a link at its next start",
            ),
            Self::Invited => Some(
                "there is no super-admin yet: a link that makes one is on its way to ADMIN_EMAIL, and holds for SETUP_TTL",
            ),
            Self::NamedBefore => Some(
                "there is no super-admin, and ADMIN_EMAIL has had its effect, which it has once: `palisade admin create \
                 --email <address>` prints a link that makes one",
            ),
            Self::Taken => Some(
                "there is no super-admin: ADMIN_EMAIL has an account already, which is left as it is; set another \
                 address, or use `palisade admin create --email <address>`",
            ),
        }
    }
}
