//! Passwords on their way to the hasher. Two types: a new one and a presented one. Neither is stored, shown or
//! compared; both are wiped from memory when they are dropped.

use std::fmt;

use palisade_core::PRODUCT;
use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString, secret_string};
use palisade_core::values::{Configured, Field, Json, Rules, Schema, Violation};
use zeroize::Zeroizing;

use super::Email;

/// The maximum number of code points of any password. Long enough for any passphrase; a limit for the hasher's
/// work.
pub const MAX_LENGTH: usize = 128;
/// The lowest minimum that a configuration may set (OWASP ASVS 5.0, 6.2.1).
pub const LEAST_MIN_LENGTH: usize = 8;
/// The default minimum.
pub const DEFAULT_MIN_LENGTH: usize = 12;

/// A new password: 8–128 code points of any kind, exactly as received: nothing is trimmed, folded or cut (OWASP
/// ASVS 5.0, 6.2.8). There are no composition rules (6.2.5).
///
/// The other rules depend on the configuration and on the account: [`meets`](Self::meets).
pub struct NewPassword(SecretString);

impl NewPassword {
    /// The secret to hash.
    pub fn expose(&self) -> &SecretString {
        &self.0
    }

    /// Whether it equals a presented one. Both came with one request, so a timing attack learns nothing.
    pub fn is(&self, presented: &PresentedPassword) -> bool {
        self.0.expose_secret() == presented.0.expose_secret()
    }

    /// Reads a new password for this server, whose configured minimum appears in the message.
    ///
    /// # Errors
    /// Too short or too long.
    pub fn chosen(text: String, rules: &Rules) -> Result<Self, Violation> {
        bounded(text, PasswordPolicy::new(rules.password_min_length, "").min_length).map(Self)
    }

    /// Checks whether it may become the password of the account with this address.
    ///
    /// It refuses a password that is shorter than configured, that is on the list of common passwords, that equals
    /// the address or the part before its `@`, or that contains the whole address or the product's name (OWASP ASVS
    /// 5.0, 6.2.4 and 6.2.11). Case does not matter.
    ///
    /// # Errors
    /// The first of these rules that it breaks. The message never repeats the password.
    pub fn meets(&self, policy: &PasswordPolicy, email: Option<&Email>) -> Result<(), Violation> {
        if self.0.expose_secret().chars().count() < policy.min_length {
            return Err(Violation::too_short(policy.min_length));
        }
        let lower = Zeroizing::new(self.0.expose_secret().to_lowercase());
        if is_listed(COMMON, &lower) {
            return Err(Violation::not_allowed("is too common: it would be among the first to be guessed"));
        }
        if email.is_some_and(|email| lower.contains(email.as_str()) || *lower == email.local()) {
            return Err(Violation::not_allowed("must not be or contain the email address"));
        }
        if policy.is_named_in(&lower) {
            return Err(Violation::not_allowed("must not contain the name of this service"));
        }
        Ok(())
    }
}

/// A password presented for an existing account: 1–128 code points.
///
/// It need not follow today's rules for new passwords: the policy may have changed since, and a refusal here would
/// reveal the rules to a stranger.
pub struct PresentedPassword(SecretString);

impl PresentedPassword {
    /// The secret to check.
    pub fn expose(&self) -> &SecretString {
        &self.0
    }
}

/// The rules of this server for new passwords beside their length limits.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    min_length: usize,
    /// The names of the product and of its framework: lower-case letters and digits only.
    names: [String; 2],
}

impl PasswordPolicy {
    /// Requires `min_length` code points, and that the password contains neither the product's name nor that of
    /// Palisade, which the server's answers reveal. A length outside of 8–128 becomes the nearer limit.
    pub fn new(min_length: usize, product_name: &str) -> Self {
        let min_length = min_length.clamp(LEAST_MIN_LENGTH, MAX_LENGTH);
        let names = [product_name, PRODUCT].map(|name| squeezed(&name.to_lowercase()).to_string());
        Self { min_length, names }
    }

    /// The minimum number of code points.
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// Short names occur in words by chance: names with less than four characters are not checked.
    fn is_named_in(&self, lower: &str) -> bool {
        let squeezed = squeezed(lower);
        self.names.iter().any(|name| name.chars().count() >= 4 && squeezed.contains(name.as_str()))
    }
}

/// Letters and digits only, so that `my-product` is `My Product`.
fn squeezed(lower: &str) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(lower.len()));
    kept.extend(lower.chars().filter(|c| c.is_alphanumeric()));
    kept
}

/// One per line, lower case, sorted by bytes. Their source: `common_passwords.md`.
const COMMON: &str = include_str!("common_passwords.txt");

/// Binary search over sorted lines, directly in the program's image: nothing is loaded or allocated.
fn is_listed(lines: &str, wanted: &str) -> bool {
    let mut rest = lines;
    while !rest.is_empty() {
        let middle = rest.len() / 2;
        let start = rest.bytes().take(middle).rposition(|b| b == b'\n').map_or(0, |before| before + 1);
        let (below, from) = rest.split_at(start);
        let (line, above) = from.split_once('\n').unwrap_or((from, ""));
        match wanted.cmp(line) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => rest = below,
            std::cmp::Ordering::Greater => rest = above,
        }
    }
    false
}

fn bounded(text: String, min: usize) -> Result<SecretString, Violation> {
    // Wiped also if it is refused.
    let text = secret_string(text);
    let length = text.expose_secret().chars().count();
    if length < min {
        return Err(Violation::too_short(min));
    }
    if length > MAX_LENGTH {
        return Err(Violation::too_long(MAX_LENGTH));
    }
    Ok(text)
}

impl Field for NewPassword {
    fn schema() -> Schema {
        let schema = Schema::string().format("password").length(LEAST_MIN_LENGTH, MAX_LENGTH);
        schema.configured(Configured::PasswordMinLength).describe(
            "Any characters, taken exactly as sent. Common passwords, the email address and the name of the service are \
             refused.",
        )
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        bounded(text, LEAST_MIN_LENGTH).map(Self)
    }

    fn from_json_by(value: Json, rules: &Rules) -> Result<Self, Violation> {
        match value {
            Json::String(text) => Self::chosen(text, rules),
            other => Self::from_json(other),
        }
    }
}

impl Field for PresentedPassword {
    fn schema() -> Schema {
        Schema::string().format("password").length(1, MAX_LENGTH)
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        bounded(text, 1).map(Self)
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl fmt::Debug for PresentedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedPassword(…)")
    }
}

#[cfg(test)]
mod tests;
