//! The types of the routes about API keys.

use std::fmt;
use std::time::Duration;

use palisade_core::identity::{ApiKey, ApiKeyId, UserId};
use palisade_core::input::CarriesPassword;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::values::{Field, ResponseField, Schema, Violation};
use palisade_core::{input, view};
use serde::{Deserialize, Serialize, Serializer};

use crate::user::types::{Name, PermissionWord, PresentedPassword};

/// The label of a key, which its owner chose. The rule is that of a [`Name`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyName(Name);

impl KeyName {
    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Field for KeyName {
    fn schema() -> Schema {
        Schema { examples: vec!["Nightly export"], ..<Name as Field>::schema() }
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        Name::from_text(text).map(Self)
    }
}

impl ResponseField for KeyName {
    fn schema() -> Schema {
        Schema { examples: vec!["Nightly export"], ..<Name as ResponseField>::schema() }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

palisade_core::list! {
    /// What a key permits: at least one permission, each named. There is no word for "all that its owner has".
    pub KeyPermissions of PermissionWord, 1..=64 set, schema |schema| schema.describe(
        "A set: the order does not matter, and a word twice counts once. At most 64.",
    );
}

impl KeyPermissions {
    /// The words, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.as_slice().iter().map(PermissionWord::as_str)
    }
}

/// The words, sorted and separated by spaces.
impl fmt::Display for KeyPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().collect::<Vec<_>>().join(" "))
    }
}

palisade_core::number! {
    /// How long a key lives, in seconds: one hour to 365 days. There is no key without an end.
    pub KeyLifetime, 3_600..=365 * 86_400, schema |schema| schema.describe(
        "How long the key lives, in seconds: one hour to 365 days.",
    );
}

impl KeyLifetime {
    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.get().unsigned_abs())
    }
}

input! {
    /// The key to create. The password is needed only if the sign-in is not recent.
    pub struct CreateApiKey {
        body {
            name: KeyName,
            permissions: KeyPermissions,
            lifetime as "expiresIn": KeyLifetime,
            password: Option<PresentedPassword>,
        }
    }
}

impl CarriesPassword for CreateApiKey {
    fn presented_password(&self) -> Option<&SecretString> {
        self.password.as_ref().map(PresentedPassword::expose)
    }
}

input! {
    /// The caller's own keys to list.
    pub struct ListApiKeys {} with page
}

input! {
    /// The id of the key.
    pub struct ApiKeyPath {
        path { id: ApiKeyId }
    }
}

input! {
    /// The user whose keys to list.
    pub struct ListUserApiKeys {
        path { id: UserId }
    } with page
}

input! {
    /// A key of a user.
    pub struct UserApiKeyPath {
        path { id: UserId, key as "keyId": ApiKeyId }
    }
}

view! {
    /// An API key. Nothing of its secret is here.
    pub struct ApiKeyView = "ApiKey" {
        /// Its id: the key itself begins with it.
        id: ApiKeyId,
        /// The label that its owner chose.
        name: KeyName,
        /// The owner, for whom it acts.
        user_id as "userId": UserId,
        /// What it permits, as far as its owner still has it.
        permissions: KeyPermissions,
        /// When it was created.
        created_at as "createdAt": Timestamp,
        /// When it ends.
        expires_at as "expiresAt": Timestamp,
        /// About when it was used last, within two hours; `null` before the first time.
        last_used_at as "lastUsedAt": Option<Timestamp>,
    }
}

/// A whole key, in the only answer that ever has it.
#[derive(Clone, Debug)]
pub struct ShownKey(ApiKey);

impl From<ApiKey> for ShownKey {
    fn from(key: ApiKey) -> Self {
        Self(key)
    }
}

impl ResponseField for ShownKey {
    fn schema() -> Schema {
        Schema::string()
            .length(ApiKey::TEXT_LENGTH, ApiKey::TEXT_LENGTH)
            .describe("The whole key. It is shown only here, and nobody can read it again.")
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.expose_secret())
    }
}

view! {
    /// The key that was created.
    pub struct CreatedApiKeyView = "CreatedApiKey" {
        /// The key, without its secret.
        api_key as "apiKey": ApiKeyView,
        /// The whole key, this once.
        secret: ShownKey,
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::values::{Json, ViolationCode};

    use super::*;

    #[test]
    fn a_key_permits_something() {
        let list =
            |words: &[&str]| Json::Array(words.iter().map(|word| Json::String((*word).to_owned())).collect());
        let code = |value| KeyPermissions::from_json(value).expect_err("refused").code;
        assert_eq!(code(list(&[])), ViolationCode::TooShort);
        assert_eq!(code(list(&["*"])), ViolationCode::NotAllowed);
        let some = KeyPermissions::from_json(list(&["USER_READ", "AUDIT_READ"])).expect("a list");
        assert_eq!(some.to_string(), "AUDIT_READ USER_READ");
    }

    #[test]
    fn a_lifetime_is_an_hour_to_a_year_of_seconds() {
        let read = |seconds| KeyLifetime::new(seconds).map(KeyLifetime::duration);
        assert_eq!(read(3_600), Ok(Duration::from_hours(1)));
        assert_eq!(read(31_536_000), Ok(Duration::from_hours(24 * 365)));
        for seconds in [0, 3_599, 31_536_001, -3_600] {
            assert_eq!(read(seconds).expect_err("refused").code, ViolationCode::OutOfRange, "{seconds}");
        }
    }
}
