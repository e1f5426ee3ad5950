//! The types of the routes about API keys.

use std::fmt;
use std::time::Duration;

use palisade_core::identity::{ApiKey, ApiKeyId, UserId};
use palisade_core::input::CarriesPassword;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::values::{Field, Json, ResponseField, Schema, Violation, ViolationCode};
use palisade_core::{input, view};
use serde::{Deserialize, Serialize, Serializer};

use crate::user::types::{Name, PermissionList, PresentedPassword};

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

/// What a key permits: at least one permission, each named. There is no word for "all that its owner has".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyPermissions(PermissionList);

impl KeyPermissions {
    /// The words, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }

    fn of(list: PermissionList) -> Result<Self, Violation> {
        if list.is_empty() {
            return Err(Violation::new(ViolationCode::TooShort, "must have at least one permission"));
        }
        Ok(Self(list))
    }
}

/// The words, sorted and separated by spaces.
impl fmt::Display for KeyPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Field for KeyPermissions {
    fn schema() -> Schema {
        <PermissionList as Field>::schema().not_empty()
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        PermissionList::from_text(text).and_then(Self::of)
    }

    fn from_json(value: Json) -> Result<Self, Violation> {
        PermissionList::from_json(value).and_then(Self::of)
    }
}

impl ResponseField for KeyPermissions {
    fn schema() -> Schema {
        <PermissionList as ResponseField>::schema()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// How long a key lives: one hour to 365 days, in seconds. There is no key without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLifetime(u32);

impl KeyLifetime {
    const SHORTEST: u32 = 3_600;
    const LONGEST: u32 = 365 * 86_400;

    /// As a duration.
    pub fn get(self) -> Duration {
        Duration::from_secs(self.0.into())
    }

    fn new(seconds: i64) -> Result<Self, Violation> {
        let bounded = u32::try_from(seconds).ok().filter(|s| (Self::SHORTEST..=Self::LONGEST).contains(s));
        bounded.map(Self).ok_or_else(|| Violation::out_of_range(Self::SHORTEST.into(), Self::LONGEST.into()))
    }
}

impl Field for KeyLifetime {
    fn schema() -> Schema {
        Schema::integer()
            .range(Self::SHORTEST.into(), Self::LONGEST.into())
            .describe("How long the key lives, in seconds: one hour to 365 days.")
    }

    /// Only a body has one.
    fn from_text(text: String) -> Result<Self, Violation> {
        Self::from_json(Json::String(text))
    }

    fn from_json(value: Json) -> Result<Self, Violation> {
        match value {
            Json::Integer(seconds) => Self::new(seconds),
            // JSON has one kind of number: `3600.0` is the whole number 3600 (RFC 8259, 6).
            Json::Float(seconds) if seconds.fract() == 0.0 => Self::new(whole(seconds)),
            other => Err(Violation::invalid_type("whole number", &other)),
        }
    }
}

/// A number without a fraction; outside the bounds of a lifetime one that is outside them as well.
#[expect(clippy::cast_possible_truncation, reason = "it is within the bounds, and has no fraction")]
fn whole(number: f64) -> i64 {
    number.clamp(-1.0, f64::from(u32::MAX)) as i64
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
    use proptest::prelude::*;

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
    fn a_lifetime_is_a_whole_number_of_seconds() {
        assert_eq!(
            KeyLifetime::from_json(Json::Float(3_600.0)).map(KeyLifetime::get),
            Ok(Duration::from_hours(1))
        );
        for odd in [Json::Float(3_600.5), Json::String("3600".to_owned()), Json::Null] {
            assert_eq!(KeyLifetime::from_json(odd).expect_err("refused").code, ViolationCode::InvalidType);
        }
        for far in [f64::MAX, f64::MIN, 1e18] {
            assert_eq!(
                KeyLifetime::from_json(Json::Float(far)).expect_err("refused").code,
                ViolationCode::OutOfRange
            );
        }
    }

    proptest! {
        #[test]
        fn a_lifetime_is_an_hour_to_a_year(seconds in prop_oneof![any::<i64>(), 3_590_i64..3_610, 31_535_990_i64..31_536_010]) {
            let read = KeyLifetime::from_json(Json::Integer(seconds));
            prop_assert_eq!(read.is_ok(), (3_600..=31_536_000).contains(&seconds));
        }
    }
}
