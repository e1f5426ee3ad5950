//! Mail addresses. One mailbox has one spelling here, and mail goes to exactly that spelling: what is proven is byte
//! for byte what is claimed.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use palisade_core::input::{Field, Violation};
use palisade_core::output::Wire;
use palisade_core::schema::Schema;
use palisade_core::utils::key::{Key, KeyKind, KeyValue, TextKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A mail address in its canonical form: ASCII, lower case, at most 254 bytes.
///
/// - Surrounding space is dropped.
/// - The local part is a dot-atom (RFC 5322 section 3.2.3) of at most 64 bytes (RFC 5321 section 4.5.3.1.1). It is
///   lower-cased; dots and `+tags` stay, since what they mean is the provider's business.
/// - The domain has at least two labels, the last one beginning with a letter, so neither `localhost` nor an address
///   literal is one. It is written in A-labels (UTS 46, non-transitional, STD 3 rules, hyphens and DNS lengths checked).
/// - Whatever would have to be folded is refused rather than folded: full-width letters, the Kelvin sign, dotless i,
///   decomposed accents, zero-width characters. Two people never meet in one spelling, and nobody's mail goes to a look-alike
///   (GHSA-7rqj-j65f-68wh). Quoting, comments and a second `@` are refused too.
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
    /// The most bytes: a path of 256 (RFC 5321 section 4.5.3.1.3) less its angle brackets.
    pub const MAX_LENGTH: usize = 254;
    /// The most bytes before the `@`.
    pub const MAX_LOCAL_LENGTH: usize = 64;

    /// The canonical address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// The domain, in A-labels.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// Reads an address as typed and brings it into its canonical form; the only way to make one.
    ///
    /// # Errors
    /// The one rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        // An A-label is never shorter than its U-label has code points, so this refuses nothing that would fit.
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(Violation::too_long(Self::MAX_LENGTH));
        }
        let (local, domain) = text
            .split_once('@')
            .ok_or_else(|| Violation::invalid_format("must be an email address, like name@example.com"))?;
        if !is_dot_atom(local) {
            return Err(Violation::invalid_format(
                "must have only letters a to z, digits, single inner dots and !#$%&'*+-/=?^_`{|}~ before the @",
            ));
        }
        if local.len() > Self::MAX_LOCAL_LENGTH {
            return Err(Violation::invalid_format("must have at most 64 characters before the @"));
        }
        let domain = canonical_domain(domain).ok_or_else(|| {
            Violation::invalid_format("must have a domain name after the @, like example.com")
        })?;
        let canonical = format!("{}@{domain}", local.to_ascii_lowercase());
        if canonical.len() > Self::MAX_LENGTH {
            return Err(Violation::too_long(Self::MAX_LENGTH));
        }
        Ok(Self(canonical))
    }
}

/// Whether an address is canonical at a glance: in lower case, and with nothing in its domain that UTS 46 has a rule for.
/// Nearly all are, and each is read with every document that has one. "No" means that a closer look is needed.
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
                && is_dot_atom(local)
                && !local.bytes().any(|b| b.is_ascii_uppercase())
                && domain.split('.').all(is_plain_label)
                && top.starts_with(|c: char| c.is_ascii_lowercase())
        })
}

fn is_dot_atom(text: &str) -> bool {
    // RFC 5322: atext.
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// What one program keeps and another folds away: the deviation characters of UTS 46 (letters since IDNA 2008, before
/// that `ss`, a plain sigma and nothing), and the dotless i, whose capital is that of `i`. A domain that has them can
/// still be given in A-labels, which read the same everywhere.
const AMBIGUOUS: [char; 5] = ['ß', 'ς', 'ı', '\u{200C}', '\u{200D}'];

/// The domain in A-labels, when writing it so changed nothing but ASCII case.
fn canonical_domain(domain: &str) -> Option<String> {
    if domain.contains(AMBIGUOUS) {
        return None;
    }
    let typed = domain.to_ascii_lowercase();
    let uts46 = Uts46::new();
    let ascii =
        uts46.to_ascii(typed.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify).ok()?;
    let (unicode, valid) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    valid.ok()?;

    // UTS 46 maps before it encodes, and says nothing of it. A label nobody had to map is one of the two forms.
    let (mut a_labels, mut u_labels) = (ascii.split('.'), unicode.split('.'));
    let unmapped = typed.split('.').all(|label| {
        let (a_label, u_label) = (a_labels.next(), u_labels.next());
        Some(label) == a_label || Some(label) == u_label
    });
    // No top-level domain begins with a digit, and every spelling of an IPv4 address ends in a label that does.
    let top =
        ascii.rsplit_once('.').is_some_and(|(_, top)| top.starts_with(|c: char| c.is_ascii_lowercase()));
    (unmapped && a_labels.next().is_none() && top).then(|| ascii.into_owned())
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
            .example("ada@example.com")
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        Self::parse(&text)
    }
}

impl Wire for Email {
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
    /// Reads the canonical form only: in a document of ours any other spelling is corruption, not input.
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
