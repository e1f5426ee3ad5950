//! Email addresses. Each mailbox has one spelling, and mail goes to exactly that spelling: the confirmed address
//! equals the claimed one byte for byte.

use std::fmt;

use palisade_core::values::mail_address::{self, Address, AddressProblem};
use palisade_core::values::{Field, Key, KeyKind, KeyValue, ResponseField, Schema, TextKey, Violation};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An email address in its canonical form: ASCII, lower case, at most 254 bytes.
///
/// - Surrounding space is removed.
/// - The local part is a dot-atom, lower-cased; dots and `+tags` stay, since the provider decides their meaning.
/// - The domain has at least two labels, which excludes `localhost` and address literals. It is written in
///   A-labels, by UTS 46: capitals and decomposed accents are the same domain ([`mail_address::canonical_domain`]).
/// - Text that would become another character or none is refused: full-width letters, the Kelvin sign, dotless i,
///   zero-width characters; before the `@` everything outside ASCII. Two people never get the same spelling, and no
///   mail goes to a look-alike (GHSA-7rqj-j65f-68wh). Quoting, comments and a second `@` are refused too.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Key for Email {
    const KIND: KeyKind = KeyKind::Text;

    fn to_key(&self) -> KeyValue {
        KeyValue::Text(self.0.clone())
    }
}

impl TextKey for Email {}

impl Email {
    /// The maximum length in bytes.
    pub const MAX_LENGTH: usize = mail_address::MAX_LENGTH;
    /// The maximum length in bytes before the `@`.
    pub const MAX_LOCAL_LENGTH: usize = mail_address::MAX_LOCAL_LENGTH;

    /// The canonical address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The domain, in A-labels.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Reads an address as typed and converts it to its canonical form; the only constructor.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let address = Address::parse(text).map_err(violation)?;
        if !address.is_qualified() {
            return Err(violation(AddressProblem::Domain));
        }
        Ok(Self(format!("{}@{}", address.local().to_ascii_lowercase(), address.domain())))
    }
}

fn violation(problem: AddressProblem) -> Violation {
    match problem {
        AddressProblem::TooLong => Violation::too_long(Email::MAX_LENGTH),
        problem => Violation::invalid_format(problem.message()),
    }
}

/// A quick check whether an address is canonical: lower case, and nothing in its domain that UTS 46 has a rule for.
/// Nearly all are, and every read of a document checks them. "No" means that a full check is needed.
fn is_plainly_canonical(text: &str) -> bool {
    let is_plain_label = |label: &str| {
        let hyphens = label.starts_with('-') || label.ends_with('-') || label.get(2..4) == Some("--");
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        (1..=63).contains(&label.len()) && !hyphens && label.bytes().all(plain)
    };
    text.len() <= Email::MAX_LENGTH
        && text.split_once('@').is_some_and(|(local, domain)| {
            let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
            local.len() <= Email::MAX_LOCAL_LENGTH
                && mail_address::is_dot_atom(local)
                && !local.bytes().any(|b| b.is_ascii_uppercase())
                && domain.split('.').all(is_plain_label)
                && top.starts_with(|c: char| c.is_ascii_lowercase())
        })
}

impl fmt::Debug for Email {
    /// Addresses are personal data and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl Field for Email {
    fn schema() -> Schema {
        Schema { max_length: Some(Self::MAX_LENGTH), ..Schema::string().format("email") }
            .example("ada@example.org")
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        Self::parse(&text)
    }
}

impl ResponseField for Email {
    fn schema() -> Schema {
        <Self as Field>::schema()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    /// Reads the canonical form only: in a stored document any other spelling is corruption, not input.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_plainly_canonical(&text) {
            return Ok(Self(text));
        }
        Self::parse(&text)
            .ok()
            .filter(|email| email.0 == text)
            .ok_or_else(|| serde::de::Error::custom("not a canonical mail address"))
    }
}

#[cfg(test)]
mod tests;
