//! The words of the permissions that are given to one user beyond the role.

use std::fmt;

use palisade_core::identity::{MAX_WORD_LENGTH, PermissionName, is_word};
use palisade_core::values::{Configured, Field, Json, ResponseField, Rules, Schema, Violation};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::permissions::CATALOGUE;

/// A permission given to one user.
///
/// A request can only name a declared one. A stored word is kept even if a later release no longer declares it: it
/// permits nothing, and the user stays readable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionWord(Box<str>);

impl PermissionWord {
    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static PermissionName> for PermissionWord {
    fn from(name: &'static PermissionName) -> Self {
        Self(name.as_str().into())
    }
}

impl PermissionWord {
    fn known(word: String, is_known: impl Fn(&str) -> bool) -> Result<Self, Violation> {
        if is_known(&word) {
            return Ok(Self(word.into()));
        }
        Err(Violation::not_allowed("must be a permission of this server"))
    }
}

impl Field for PermissionWord {
    fn schema() -> Schema {
        Schema::one_of(CATALOGUE.iter().map(|name| name.as_str())).configured(Configured::Permissions)
    }

    /// Of the permissions of Palisade alone: a server has rules.
    fn from_text(text: String) -> Result<Self, Violation> {
        Self::known(text, |word| CATALOGUE.iter().any(|name| name.as_str() == word))
    }

    fn from_json_by(value: Json, rules: &Rules) -> Result<Self, Violation> {
        match value {
            Json::String(word) => Self::known(word, |word| rules.permissions.contains(&word)),
            other => Err(Violation::invalid_type("string", &other)),
        }
    }
}

impl ResponseField for PermissionWord {
    fn schema() -> Schema {
        // Wider than for input: a word of an earlier release is shown unchanged.
        Schema::string().length(2, MAX_WORD_LENGTH).example("USER_READ")
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for PermissionWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PermissionWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Box::<str>::deserialize(deserializer)?;
        if !is_word(&word) {
            return Err(serde::de::Error::custom("not a permission word"));
        }
        Ok(Self(word))
    }
}

palisade_core::list! {
    /// The permissions given to one user beyond the role: a set, sorted. The check that they fit into a token happens
    /// when they are given.
    pub PermissionList of PermissionWord, 0..=64 set, schema |schema| schema.describe(
        "A set: the order does not matter, and a word twice counts once. At most 64.",
    );
}

impl PermissionList {
    /// The words, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.as_slice().iter().map(PermissionWord::as_str)
    }

    /// Whether this word is among them.
    pub fn contains(&self, word: &str) -> bool {
        self.iter().any(|own| own == word)
    }
}

/// The words, sorted and separated by spaces.
impl fmt::Display for PermissionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::values::ViolationCode;

    use super::*;

    fn list(words: &[&str]) -> Json {
        Json::Array(words.iter().map(|word| Json::String((*word).to_owned())).collect())
    }

    #[test]
    fn a_request_names_declared_permissions_only() {
        assert!(PermissionWord::from_text("USER_READ".to_owned()).is_ok());
        for text in ["", "user_read", "USER_READ ", "USER_EVERYTHING", "USER_READ\0", "*"] {
            let violation = PermissionWord::from_text(text.to_owned()).expect_err(text);
            assert_eq!(violation.code, ViolationCode::NotAllowed, "{text:?}");
        }
    }

    #[test]
    fn a_server_knows_its_own_permissions() {
        let product_name = "Notes".to_owned();
        let rules = Rules { password_min_length: 12, product_name, permissions: vec!["NOTE_READ"] };
        let read = |word| PermissionList::from_json_by(list(&[word]), &rules);
        assert!(read("NOTE_READ").is_ok());
        assert_eq!(read("USER_READ").expect_err("not of these rules").code, ViolationCode::NotAllowed);
    }

    #[test]
    fn a_list_is_a_set() {
        let read =
            PermissionList::from_json(list(&["USER_READ", "AUDIT_READ", "USER_READ"])).expect("a list");
        assert_eq!(read.iter().collect::<Vec<_>>(), ["AUDIT_READ", "USER_READ"]);
        assert!(PermissionList::from_json(list(&[])).is_ok_and(|empty| empty == PermissionList::default()));
    }

    #[test]
    fn a_list_is_a_bounded_json_list_of_words() {
        let code = |value| PermissionList::from_json(value).expect_err("refused").code;
        assert_eq!(code(Json::String("USER_READ".to_owned())), ViolationCode::InvalidType);
        assert_eq!(code(Json::Array(vec![Json::Integer(1)])), ViolationCode::InvalidType);
        assert_eq!(code(list(&["USER_READ", "NOBODYS"])), ViolationCode::NotAllowed);
        assert_eq!(code(list(&["USER_READ"; 65])), ViolationCode::TooLong);
    }

    #[test]
    fn a_stored_word_of_another_release_is_kept() {
        let stored: PermissionList = serde_json::from_str(r#"["ONCE_THERE","AUDIT_READ"]"#).expect("reads");
        assert_eq!(stored.iter().collect::<Vec<_>>(), ["AUDIT_READ", "ONCE_THERE"]);
        assert!(serde_json::from_str::<PermissionList>(r#"["not a word"]"#).is_err());
    }
}
