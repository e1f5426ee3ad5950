//! Choosing and hashing passwords.

use palisade_core::errors::AppError;
use palisade_core::utils::crypto::password::{PasswordHash, PasswordHasher, Priority};
use palisade_core::values::Rules;

use crate::user::types::{Email, NewPassword, PasswordPolicy};

/// The parts that every service with passwords needs.
#[derive(Debug)]
pub(crate) struct Passwords {
    hasher: PasswordHasher,
    rules: Rules,
}

impl Passwords {
    pub(crate) fn new(hasher: PasswordHasher, rules: Rules) -> Self {
        Self { hasher, rules }
    }

    pub(super) fn hasher(&self) -> &PasswordHasher {
        &self.hasher
    }

    /// Hashes a password that was checked when the request was read.
    ///
    /// # Errors
    /// 503 when the hashing queue is full.
    pub(super) async fn hash(&self, password: &NewPassword) -> Result<PasswordHash, AppError> {
        Ok(self.hasher.hash(password.expose(), Priority::Unknown).await?)
    }

    /// Checks and hashes a password for an address that became known only now. `field` is its name in the request.
    ///
    /// # Errors
    /// 400 for a password that breaks the rules; 503 when the hashing queue is full.
    pub(super) async fn hash_chosen(
        &self,
        chosen: &NewPassword,
        email: &Email,
        field: &'static str,
    ) -> Result<PasswordHash, AppError> {
        let policy = PasswordPolicy::new(self.rules.password_min_length, &self.rules.product_name);
        chosen
            .meets(&policy, Some(email))
            .map_err(|violation| AppError::validation(vec![violation.at(field)]))?;
        self.hash(chosen).await
    }
}
