//! Permissions: required by routes, carried by tokens.
//!
//! A permission is a type, so requiring an undeclared one does not compile. The modules decide which role has
//! which; here are only the words.

use std::any::TypeId;
use std::fmt;

use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::values::{ResponseField, Schema};

/// The longest permission word, in bytes. All words of a token share one cookie of 4096.
pub const MAX_WORD_LENGTH: usize = 40;

/// The name and the description of one permission. Created only by [`permissions!`](crate::permissions).
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionName {
    name: &'static str,
    description: &'static str,
    declared_in: &'static str,
    /// The type that was declared with it. Two declarations of one name are two permissions, wherever they are.
    of: TypeId,
}

impl PermissionName {
    /// For [`permissions!`](crate::permissions): the type and the permission have one name in two spellings.
    ///
    /// # Panics
    /// At compile time, for a name that is not of the form `USER_READ` or is not that of its type.
    #[doc(hidden)]
    pub const fn declare<P: 'static>(
        type_name: &'static str,
        name: &'static str,
        description: &'static str,
        declared_in: &'static str,
    ) -> Self {
        assert!(
            is_word(name),
            "a permission is written in capitals, digits and single underscores: USER_READ"
        );
        assert!(same_name(type_name, name), "a permission and its type have one name: UserRead is USER_READ");
        assert!(!description.is_empty(), "a permission needs a description");
        Self { name, description, declared_in, of: TypeId::of::<P>() }
    }

    /// The name on the wire: `USER_READ`.
    pub const fn as_str(&self) -> &'static str {
        self.name
    }

    /// The place of its declaration, as a path of modules.
    pub const fn declared_in(&self) -> &'static str {
        self.declared_in
    }

    /// Whether this name was declared with the type `P`, and not taken from another type.
    pub(crate) fn is_of<P: 'static>(&self) -> bool {
        self.of == TypeId::of::<P>()
    }

    /// Its description, as a phrase: `see people`.
    pub const fn description(&self) -> &'static str {
        self.description
    }
}

impl fmt::Debug for PermissionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Whether the text has the form of a permission word: 2 to [`MAX_WORD_LENGTH`] capitals, digits and single inner
/// underscores, a capital first. It may still be an undeclared word.
pub const fn is_word(text: &str) -> bool {
    if text.len() < 2 || text.len() > MAX_WORD_LENGTH {
        return false;
    }
    let mut rest = text.as_bytes();
    let mut before = b'_';
    while let [byte, tail @ ..] = rest {
        let fits = match *byte {
            b'A'..=b'Z' => true,
            b'0'..=b'9' => rest.len() < text.len(),
            b'_' => before != b'_',
            _ => false,
        };
        if !fits {
            return false;
        }
        before = *byte;
        rest = tail;
    }
    before != b'_'
}

const fn same_name(type_name: &str, word: &str) -> bool {
    let (mut name, mut word) = (type_name.as_bytes(), word.as_bytes());
    // The word has an underscore where the type name has a capital.
    let mut boundary = true;
    loop {
        match (name, word) {
            ([], []) => return true,
            (_, [b'_', tail @ ..]) => {
                boundary = true;
                word = tail;
            }
            ([letter, name_tail @ ..], [capital, word_tail @ ..]) => {
                let expected = if boundary { *capital } else { capital.to_ascii_lowercase() };
                if *letter != expected {
                    return false;
                }
                boundary = false;
                name = name_tail;
                word = word_tail;
            }
            _ => return false,
        }
    }
}

/// Internal: written by [`permissions!`](crate::permissions) only.
#[doc(hidden)]
pub mod sealed {
    /// Marks a permission as declared, and so in a catalogue.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` was not declared with `permissions!`",
        label = "implemented by hand",
        note = "declare it with its name and its description, and it is in a catalogue: `permissions! {{ pub CATALOGUE; {Self} = \"…\", \"…\"; }}`"
    )]
    pub trait Declared {}
}

/// A permission that a route can require. Implemented only by [`permissions!`](crate::permissions), so that each is
/// in a catalogue and can be granted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a declared permission",
    label = "not a permission",
    note = "declare it once, with its description: `permissions! {{ pub CATALOGUE; UserRead = \"USER_READ\", \"see people\"; }}`"
)]
pub trait Permission: sealed::Declared + Send + Sync + 'static {
    /// Its name and description.
    const NAME: &'static PermissionName;
}

/// Declares permissions and their catalogue.
///
/// ```
/// palisade_core::permissions! {
///     /// What can be done with invoices.
///     pub CATALOGUE;
///     InvoiceRead = "INVOICE_READ", "see invoices";
/// }
/// assert_eq!(CATALOGUE[0].as_str(), "INVOICE_READ");
/// ```
///
/// A word that is not its type's name does not compile:
///
/// ```compile_fail
/// palisade_core::permissions! { pub CATALOGUE; InvoiceRead = "INVOICE_WRITE", "see invoices"; }
/// ```
#[macro_export]
macro_rules! permissions {
    ($(#[$list_meta:meta])* $vis:vis $catalogue:ident; $($name:ident = $word:literal, $description:literal;)+) => {
        $(
            #[doc = concat!("`", $word, "`: ", $description, ".")]
            #[derive(Clone, Copy, Debug)]
            $vis enum $name {}

            impl $crate::identity::sealed::Declared for $name {}

            impl $crate::identity::Permission for $name {
                const NAME: &'static $crate::identity::PermissionName =
                    &$crate::identity::PermissionName::declare::<$name>(stringify!($name), $word, $description, module_path!());
            }
        )+
        $(#[$list_meta])*
        $vis static $catalogue: &[&$crate::identity::PermissionName] =
            &[$(<$name as $crate::identity::Permission>::NAME),+];
    };
}

/// The permissions of one caller, as in the token: a sorted set of words.
///
/// Words of another release, which this one does not declare, are kept; they allow nothing.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct PermissionSet {
    /// Sorted, without duplicates, separated by single spaces: a word has no space, and one allocation is enough.
    words: Box<str>,
}

impl PermissionSet {
    /// The most bytes of the words as a JSON array that a token has room for. An access cookie has 4096, and base64 turns
    /// three bytes into four: the other half is for the other claims, the header and the signature.
    pub const MAX_ENCODED: usize = 1500;

    /// Whether the permission is in it.
    pub fn has<P: Permission>(&self) -> bool {
        self.contains(P::NAME.as_str())
    }

    /// Whether the word is in it.
    pub fn contains(&self, word: &str) -> bool {
        self.iter().any(|held| held == word)
    }

    /// Whether everything in `other` is in this one too.
    pub fn includes(&self, other: &Self) -> bool {
        other.iter().all(|word| self.contains(word))
    }

    /// The words, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.split(' ').filter(|word| !word.is_empty())
    }

    /// How many permissions.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The length of the words as a JSON array, in bytes, as in a token.
    pub fn encoded_length(&self) -> usize {
        self.iter().map(|word| word.len() + "\"\",".len()).sum::<usize>().saturating_sub(1) + "[]".len()
    }
}

impl<'a> FromIterator<&'a str> for PermissionSet {
    /// Collects words. A text that is not [of the form](is_word) of a permission allows nothing and is left out.
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let mut words: Vec<&str> = words.into_iter().filter(|word| is_word(word)).collect();
        words.sort_unstable();
        words.dedup();
        Self { words: words.join(" ").into() }
    }
}

impl FromIterator<&'static PermissionName> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = &'static PermissionName>>(names: I) -> Self {
        names.into_iter().map(PermissionName::as_str).collect()
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;

        impl<'de> Visitor<'de> for Words {
            type Value = PermissionSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of permission words")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PermissionSet, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element::<String>()? {
                    if !is_word(&word) {
                        return Err(A::Error::custom("not a permission word"));
                    }
                    words.push(word);
                }
                Ok(words.iter().map(String::as_str).collect())
            }
        }

        deserializer.deserialize_seq(Words)
    }
}

impl ResponseField for PermissionSet {
    fn schema() -> Schema {
        Schema::array(Schema::string().example("USER_READ"))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::permissions! {
        /// Two permissions.
        pub(super) CATALOGUE;
        BookRead = "BOOK_READ", "see books";
        BookLend = "BOOK_LEND", "lend books";
    }

    #[test]
    fn a_catalogue_lists_what_was_declared() {
        let words: Vec<_> = CATALOGUE.iter().map(|name| (name.as_str(), name.description())).collect();
        assert_eq!(words, [("BOOK_READ", "see books"), ("BOOK_LEND", "lend books")]);
    }

    #[test]
    fn a_set_has_exactly_the_permissions_it_was_made_of() {
        let set: PermissionSet = [BookRead::NAME].into_iter().collect();
        assert!(set.has::<BookRead>());
        assert!(!set.has::<BookLend>());
        assert!(!PermissionSet::default().has::<BookRead>());
    }

    #[test]
    fn a_part_of_a_word_opens_nothing() {
        let set: PermissionSet = ["BOOK_READER", "XBOOK_READ", "BOOK"].into_iter().collect();
        assert!(!set.has::<BookRead>());
    }

    #[test]
    fn what_is_no_word_opens_nothing() {
        let odd = [
            "BOOK_LEND BOOK_READ",
            "book_read",
            " BOOK_READ",
            "BOOK__READ",
            "_BOOK",
            "BOOK_",
            "1BOOK",
            "B",
            "",
        ];
        for text in odd {
            assert!(!is_word(text), "{text:?}");
        }
        let set: PermissionSet = odd.into_iter().collect();
        assert!(set.is_empty(), "{set:?}");
        assert!(!is_word(&"A".repeat(MAX_WORD_LENGTH + 1)));
    }

    #[test]
    fn the_order_and_the_number_of_mentions_do_not_matter() {
        let one: PermissionSet = ["BOOK_READ", "BOOK_LEND", "BOOK_READ"].into_iter().collect();
        let other: PermissionSet = CATALOGUE.iter().copied().collect();
        assert_eq!(one, other);
        assert_eq!(one.len(), 2);
        assert!(other.includes(&["BOOK_LEND"].into_iter().collect()));
        assert!(!PermissionSet::default().includes(&one));
    }

    #[test]
    fn json_is_a_list_of_words_of_the_length_that_was_told() {
        for words in [vec![], vec!["BOOK_READ"], vec!["BOOK_READ", "BOOK_LEND"]] {
            let set: PermissionSet = words.into_iter().collect();
            let json = serde_json::to_string(&set).expect("serializes");
            assert_eq!(json.len(), set.encoded_length(), "{json}");
            assert_eq!(serde_json::from_str::<PermissionSet>(&json).expect("reads back"), set);
        }
        assert!(serde_json::from_str::<PermissionSet>(r#"["BOOK_LEND BOOK_READ"]"#).is_err());
        assert!(serde_json::from_str::<PermissionSet>(r#""BOOK_READ""#).is_err());
    }

    #[test]
    fn a_type_and_its_word_are_one_name() {
        assert!(same_name("UserRead", "USER_READ"));
        assert!(same_name("Oauth2Link", "OAUTH2_LINK"));
        assert!(!same_name("UserRead", "USER_WRITE"));
        assert!(!same_name("UserRead", "USERREAD"));
        assert!(!same_name("UserRead", "USER_READ_ALL"));
        assert!(!same_name("UserReadAll", "USER_READ"));
    }
}
