//! Mail addresses as typed: the local part and the domain. The one rule for both, wherever the server accepts an
//! address.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// The maximum length of an address in bytes: a path of 256 (RFC 5321 section 4.5.3.1.3) minus its angle brackets.
pub const MAX_LENGTH: usize = 254;
/// The maximum length of the local part in bytes (RFC 5321 section 4.5.3.1.1).
pub const MAX_LOCAL_LENGTH: usize = 64;

/// An address in parts. Surrounding space is dropped.
///
/// - The local part is an ASCII dot-atom (RFC 5322 section 3.2.3) of at most [`MAX_LOCAL_LENGTH`] bytes, kept as typed.
///   Nothing in it is ever mapped: only the provider knows the meaning of its letters.
/// - The domain is written in A-labels, by [`canonical_domain`].
/// - Together they are at most [`MAX_LENGTH`] bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    local: &'a str,
    domain: String,
}

impl<'a> Address<'a> {
    /// Splits an address into its parts.
    ///
    /// # Errors
    /// The violated rule.
    pub fn parse(text: &'a str) -> Result<Self, AddressProblem> {
        let text = text.trim();
        // A name in A-labels is never shorter than the same one composed; 255 code points cannot be an address.
        if text.chars().count() > MAX_LENGTH {
            return Err(AddressProblem::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(AddressProblem::NoAt)?;
        if !is_dot_atom(local) {
            return Err(AddressProblem::Local);
        }
        if local.len() > MAX_LOCAL_LENGTH {
            return Err(AddressProblem::LongLocal);
        }
        let domain = canonical_domain(domain)?;
        if local.len() + 1 + domain.len() > MAX_LENGTH {
            return Err(AddressProblem::TooLong);
        }
        Ok(Self { local, domain })
    }

    /// The local part, as typed.
    pub fn local(&self) -> &'a str {
        self.local
    }

    /// The domain, in A-labels.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the domain has at least two labels, so that it is not the name of a machine such as `localhost`.
    pub fn is_qualified(&self) -> bool {
        self.domain.contains('.')
    }
}

/// The problem of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// There is no `@`.
    NoAt,
    /// The local part is not a dot-atom.
    Local,
    /// The local part has too many bytes.
    LongLocal,
    /// The domain is invalid.
    Domain,
    /// The domain has a character that would be read as another one, or as none.
    LookAlike,
    /// The whole has too many bytes.
    TooLong,
}

impl AddressProblem {
    /// A sentence for the person who typed it, without its subject.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoAt => "must be an email address, like name@example.org",
            Self::Local => {
                "must have only letters a to z, digits, single inner dots and !#$%&'*+-/=?^_`{|}~ before the @"
            }
            Self::LongLocal => "must have at most 64 characters before the @",
            Self::Domain => "must have a domain name after the @, like example.org",
            Self::LookAlike => {
                "must have no character after the @ that looks like another one or is invisible: type that letter plainly"
            }
            Self::TooLong => "must have at most 254 characters",
        }
    }
}

impl fmt::Display for AddressProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

/// RFC 5322: `dot-atom-text`.
pub fn is_dot_atom(text: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// A domain in A-labels, the form that is claimed and mailed: UTS 46, non-transitional, STD 3 rules, hyphens and
/// DNS lengths checked. The last label must begin with a letter (no top-level domain begins with a digit, and every
/// spelling of an IPv4 address ends in a label that does). So `MÜNCHEN`, `münchen` and a decomposed `ü` are one
/// domain, and `straße` is not `strasse`.
///
/// A letter stays the same letter in another case or composition. The function refuses characters that become
/// something else: a character outside ASCII that would be read as one of ASCII (full width, Kelvin sign,
/// ligatures) or as none (soft hyphen, zero-width space), and the dotless `ı`, whose capital is that of `i`. A
/// domain with the last can be given in A-labels.
///
/// # Errors
/// [`AddressProblem::Domain`] or [`AddressProblem::LookAlike`].
pub fn canonical_domain(domain: &str) -> Result<String, AddressProblem> {
    if domain.chars().any(is_look_alike) {
        return Err(AddressProblem::LookAlike);
    }
    let uts46 = Uts46::new();
    let ascii = uts46
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
        .map_err(|_| AddressProblem::Domain)?;
    let (_, valid) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    let top = ascii.rsplit('.').next().unwrap_or_default();
    if valid.is_err() || !top.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(AddressProblem::Domain);
    }
    Ok(ascii.into_owned())
}

/// The prefix of a domain, for a search: labels outside ASCII count as whole ones, because the prefix of a letter's
/// A-label has no meaning.
///
/// # Errors
/// Like [`canonical_domain`], for a label outside ASCII.
pub fn canonical_domain_start(start: &str) -> Result<String, AddressProblem> {
    let labels = start
        .split('.')
        .map(|label| if label.is_ascii() { Ok(label.to_ascii_lowercase()) } else { canonical_domain(label) });
    Ok(labels.collect::<Result<Vec<_>, _>>()?.join("."))
}

fn is_look_alike(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let mut buffer = [0; 4];
    let alone: &str = c.encode_utf8(&mut buffer);
    let (mapped, _) = Uts46::new().to_unicode(alone.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
    c == 'ı' || mapped.is_empty() || mapped.chars().any(|c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn domain(text: &str) -> Result<String, AddressProblem> {
        canonical_domain(text)
    }

    #[test]
    fn a_domain_has_one_form_in_a_labels() {
        for (typed, a_labels) in [
            ("Example.ORG", "example.org"),
            ("straße.example", "xn--strae-oqa.example"),
            ("βόλος.example", "xn--nxasmm1c.example"),
            ("ΒΌΛΟΣ.example", "xn--nxasmq6b.example"),
            ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
            ("mu\u{308}nchen.example", "xn--mnchen-3ya.example"),
            ("MU\u{308}NCHEN.example", "xn--mnchen-3ya.example"),
            ("XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"),
            ("\u{212B}.example", "xn--5ca.example"),
            ("نامه\u{200C}ای.example", "xn--mgba3gch31f060k.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(domain(typed).as_deref(), Ok(a_labels), "{typed:?}");
        }
    }

    #[test]
    fn look_alike_and_invisible_characters_are_refused() {
        for typed in [
            "ｘ.io",
            "x。io",
            "x．io",
            "\u{212A}.io",
            "\u{17F}.io",
            "ﬁx.io",
            "①.io",
            "gİthub.example",
            "gıthub.example",
            "x\u{AD}.io",
            "x\u{200B}.io",
            "x.i\u{2060}o",
        ] {
            assert_eq!(domain(typed), Err(AddressProblem::LookAlike), "{typed:?}");
        }
        assert!(domain("x\u{2024}io").is_err() && domain("\u{2100}.io").is_err());
        // Joiners count where a script needs them, and nowhere else.
        assert_eq!(domain("a\u{200D}b.example"), Err(AddressProblem::Domain));
        assert_eq!(domain("xn--gthub-n4a.example").as_deref(), Ok("xn--gthub-n4a.example"));
    }

    #[test]
    fn the_beginning_of_a_domain_takes_labels_outside_ascii_as_whole() {
        for (typed, start) in [
            ("Exa", "exa"),
            ("", ""),
            ("mail.", "mail."),
            ("MÜNCHEN", "xn--mnchen-3ya"),
            ("münchen.", "xn--mnchen-3ya."),
            ("münchen.ex-", "xn--mnchen-3ya.ex-"),
        ] {
            assert_eq!(canonical_domain_start(typed).as_deref(), Ok(start), "{typed:?}");
        }
        assert!(canonical_domain_start("ｘ").is_err());
    }

    /// A letter in the possible spellings.
    const LETTERS: [[&str; 4]; 8] = [
        ["a", "A", "a", "A"],
        ["7", "7", "7", "7"],
        ["ü", "Ü", "u\u{308}", "U\u{308}"],
        ["é", "É", "e\u{301}", "E\u{301}"],
        ["ж", "Ж", "ж", "Ж"],
        ["й", "Й", "и\u{306}", "И\u{306}"],
        ["ό", "Ό", "ο\u{301}", "Ο\u{301}"],
        ["ß", "ß", "ß", "ß"],
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_canonical_form_of_a_canonical_form_is_itself(typed in "[a-zA-ZäÜßéıςσΣЖ語テ.\u{200C}\u{200D}\u{308}ｘ-]{1,12}") {
            if let Ok(canonical) = canonical_domain(&typed) {
                prop_assert_eq!(canonical_domain(&canonical), Ok(canonical));
            }
        }

        #[test]
        fn domains_that_uts_46_takes_for_one_have_one_form(
            letters in proptest::collection::vec((0_usize..8, 0_usize..4, 0_usize..4), 1..10),
        ) {
            let spell = |way: &dyn Fn(&(usize, usize, usize)) -> usize| {
                letters.iter().map(|letter| LETTERS[letter.0][way(letter)]).collect::<String>() + ".example"
            };
            let (one, other) = (spell(&|letter| letter.1), spell(&|letter| letter.2));
            let canonical = canonical_domain(&one);
            prop_assert!(canonical.is_ok(), "{one}");
            prop_assert_eq!(&canonical, &canonical_domain(&other), "{} and {}", one, other);
        }

        #[test]
        fn an_accepted_domain_is_what_uts_46_makes_of_it(typed in "\\PC{1,8}(\\.\\PC{1,4})?") {
            if let Ok(canonical) = canonical_domain(&typed) {
                let by_the_book = idna::domain_to_ascii_strict(&typed);
                prop_assert_eq!(by_the_book.ok(), Some(canonical));
            }
        }
    }
}
