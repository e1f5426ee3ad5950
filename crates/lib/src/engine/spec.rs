//! Declarations as values: collections and their indexes.

use std::any::TypeId;
use std::borrow::Cow;

use palisade_core::values::KeyKind;

use super::reserved;

/// A collection. Created by [`collection!`](crate::collection).
#[derive(Debug)]
pub struct CollectionSpec {
    pub(crate) name: &'static str,
    /// Its owner: the documents of a collection are read and written only as this type.
    pub(crate) of: TypeId,
    /// The same as text, with the crate in front.
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

    /// The version that this program writes.
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

    /// Checks the collections of one store, together and each alone; returns the mistake.
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

    /// Checks a declaration; returns the mistake.
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

/// The sort key of an index.
#[derive(Debug, PartialEq, Eq)]
pub enum SortSpec {
    /// A field of the document.
    Field(&'static FieldSpec),
    /// The time of the insert.
    CreatedAt,
    /// The time of the deletion. Every soft-deleting collection has this one, to find documents that are due for a
    /// purge.
    DeletedAt,
    /// Only the id, for a walk over everything.
    Id,
}

/// The kind of the sort key.
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

    /// Its name in the stored document: camelCase, as `#[serde(rename_all = "camelCase")]` writes it.
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
