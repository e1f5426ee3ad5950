//! Declarations as values: what a collection is and by what its documents are found.

use std::any::TypeId;
use std::borrow::Cow;

use palisade_core::values::KeyKind;

use super::reserved;

/// A collection. Made by [`collection!`](crate::collection).
#[derive(Debug)]
pub struct CollectionSpec {
    pub(crate) name: &'static str,
    /// Whose it is: the documents of a collection are read and written as this type and no other.
    pub(crate) of: TypeId,
    /// The same for people, with the crate in front.
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) schema_version: u32,
    pub(crate) indexes: &'static [&'static IndexSpec],
    pub(crate) ephemeral: bool,
    pub(crate) reason: &'static str,
}

impl CollectionSpec {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The version this program writes.
    pub fn schema_version(&self) -> u32 {
        self.schema_version
    }

    /// The reason why its documents may vanish, for an ephemeral one.
    pub fn ephemeral(&self) -> Option<&'static str> {
        self.ephemeral.then_some(self.reason)
    }

    /// The names of its declared indexes.
    pub fn indexes(&self) -> impl Iterator<Item = &'static str> {
        self.indexes.iter().map(|index| index.name)
    }

    /// What the collections of one store must hold together, and each of them alone; what is wrong otherwise.
    pub(crate) fn check_all(all: &[&'static Self]) -> Result<(), String> {
        for (position, spec) in all.iter().enumerate() {
            spec.check()?;
            let earlier = all.iter().take(position);
            if let Some(other) = earlier.clone().find(|other| other.name == spec.name) {
                let (name, one, two) = (spec.name, (other.type_name)(), (spec.type_name)());
                return Err(format!("the collection `{name}` is declared twice: by `{one}` and by `{two}`"));
            }
        }
        Ok(())
    }

    /// Whether it has this index.
    pub(crate) fn has(&self, index: &IndexSpec) -> bool {
        self.indexes.iter().any(|declared| **declared == *index)
    }

    /// What every declaration must hold; what is wrong otherwise.
    fn check(&self) -> Result<(), String> {
        reserved::check(self.name, (self.type_name)())?;
        let word = |text: &str, upper: bool| {
            let letter = |b: u8| if upper { b.is_ascii_uppercase() } else { b.is_ascii_lowercase() };
            !text.is_empty()
                && text.len() <= 40
                && text.bytes().all(|b| letter(b) || b == b'_' || b.is_ascii_digit())
        };
        if !word(self.name, false) {
            return Err(format!(
                "`{}` is not a collection name: lower-case letters, digits, underscores",
                self.name
            ));
        }
        for (position, index) in self.indexes.iter().enumerate() {
            if !word(index.name, true) {
                return Err(format!("{}: `{}` is not an index name", self.name, index.name));
            }
            if self.indexes.iter().skip(position + 1).any(|other| other.name == index.name) {
                return Err(format!("{}: the index {} is declared twice", self.name, index.name));
            }
        }
        Ok(())
    }
}

/// An index: equality keys, then the sort key, then the id.
#[derive(Debug, PartialEq, Eq)]
pub struct IndexSpec {
    pub(crate) name: &'static str,
    pub(crate) equality: &'static [FieldSpec],
    pub(crate) sort: SortSpec,
    pub(crate) descending: bool,
}

impl IndexSpec {
    #[doc(hidden)]
    pub const fn declare(
        name: &'static str,
        equality: &'static [FieldSpec],
        sort: SortSpec,
        descending: bool,
    ) -> Self {
        Self { name, equality, sort, descending }
    }
}

/// What an index sorts by.
#[derive(Debug, PartialEq, Eq)]
pub enum SortSpec {
    /// A field of the document.
    Field(&'static FieldSpec),
    /// When the store inserted it.
    CreatedAt,
    /// When it was deleted. Every soft collection has this one, to find what is due for a purge.
    DeletedAt,
    /// By id alone: what a walk over everything uses.
    Id,
}

/// The kind of key an index sorts by.
pub(crate) fn sort_kind(sort: &SortSpec) -> KeyKind {
    match sort {
        SortSpec::Field(field) => field.kind,
        SortSpec::CreatedAt | SortSpec::DeletedAt => KeyKind::Time,
        SortSpec::Id => KeyKind::Text,
    }
}

/// A field of a document that is part of an index.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpec {
    name: &'static str,
    pub(crate) kind: KeyKind,
}

impl FieldSpec {
    #[doc(hidden)]
    pub const fn declare(name: &'static str, kind: KeyKind) -> Self {
        Self { name, kind }
    }

    /// The name it has in the stored document: camelCase, as `#[serde(rename_all = "camelCase")]` writes it.
    pub(crate) fn stored_name(&self) -> Cow<'static, str> {
        if !self.name.contains('_') {
            return Cow::Borrowed(self.name);
        }
        let mut words = self.name.split('_');
        let mut name = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        Cow::Owned(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_the_name_serde_gives_it() {
        for (field, stored) in [("role", "role"), ("user_id", "userId"), ("a_b_cde", "aBCde")] {
            assert_eq!(FieldSpec::declare(field, KeyKind::Text).stored_name(), stored);
        }
    }
}
